// SPDX-License-Identifier: Apache-2.0
#include "base/brand.h"

#include <gtest/gtest.h>

#include "base/settings.h"

namespace phimilter {
namespace {

constexpr std::string_view kFile = R"(
[organisation]
name = "Hill Street Clinic"
phone = "+1 555 0100"
footer = "1 Hill Street"
[brand."lab.example"]
name = "Alder Street Lab"
colour = "#7a1f5c"
[brand.".lab.example"]
name = "Labs"
[brand.".north.lab.example"]
name = "Northern Labs"
phone = "+1 555 0200"
)";

TEST(Brand, TheNearestDomainWinsAndTheRestIsTheOrganisations) {
  const auto settings = parse_settings(kFile, "test.toml");
  ASSERT_TRUE(settings.has_value()) << settings.error().describe();
  const Brands all = brands(*settings);
  struct Case {
    const char *sender, *name, *phone, *colour;
  };
  const Case cases[] = {
      {"a@lab.example", "Alder Street Lab", "+1 555 0100", "#7a1f5c"},
      {"a@LAB.example", "Alder Street Lab", "+1 555 0100", "#7a1f5c"},
      {"a@x.lab.example", "Labs", "+1 555 0100", "#0b5c7d"},
      {"a@y.north.lab.example", "Northern Labs", "+1 555 0200", "#0b5c7d"},
      {"a@otherlab.example", "Hill Street Clinic", "+1 555 0100", "#0b5c7d"},
      {"\"x@lab.example\"@clinic.example", "Hill Street Clinic", "+1 555 0100", "#0b5c7d"},
      {"", "Hill Street Clinic", "+1 555 0100", "#0b5c7d"},
  };
  for (const Case& each : cases) {
    const Brand brand = all.of(each.sender);
    EXPECT_EQ(brand.name, each.name) << each.sender;
    EXPECT_EQ(brand.phone, each.phone) << each.sender;
    EXPECT_EQ(brand.colour, each.colour) << each.sender;
    EXPECT_EQ(brand.footer, "1 Hill Street") << each.sender;
  }
}

TEST(Brand, WhatCannotBeReadIsRefusedWithASuggestion) {
  struct Case {
    const char *content, *said;
  };
  const Case invalid[] = {
      {"[organisation]\ncolour = \"#ffd400\"\n", "too light"},
      {"[organisation]\ncolour = \"blue\"\n", "must be a colour such as"},
      {"[brand.\"lab.example\"]\ncolour = \"#ff9999\"\n", "is the nearest that can be used"},
      {"[brand.\"lab.example\"]\nlogo = \"logo.png\"\n", "absolute path"},
      {"[brand.\"lab.example\"]\ncolor = \"#000000\"\n", "colour"},
      {"[brand.\"a b\"]\nname = \"x\"\n", "is no domain"},
      {"[brand]\nname = \"x\"\n", ""},
  };
  for (const Case& each : invalid) {
    const auto settings = parse_settings(each.content, "test.toml");
    ASSERT_FALSE(settings.has_value()) << each.content;
    EXPECT_NE(settings.error().describe().find(each.said), std::string::npos)
        << settings.error().describe();
  }
}

}  // namespace
}  // namespace phimilter
