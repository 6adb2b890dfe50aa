// SPDX-License-Identifier: Apache-2.0
#include "base/colour.h"

#include <gtest/gtest.h>

namespace phimilter {
namespace {

TEST(Colour, Parse) {
  EXPECT_EQ(parse_colour("#0b5C7d"), (Colour{{0x0b, 0x5c, 0x7d}}));
  EXPECT_EQ(parse_colour("#0b5C7d")->str(), "#0b5c7d");
  for (const char* invalid :
       {"", "#", "0b5c7d", "#0b5c7", "#0b5c7d0", "#0b5c7g", "teal", "#0b5c7d;background:url(x)"}) {
    EXPECT_FALSE(parse_colour(invalid).has_value()) << invalid;
  }
}

// Ratios as the WebAIM contrast checker gives them.
TEST(Colour, ContrastIsThatOfTheGuidelines) {
  struct Case {
    const char *one, *other;
    double ratio;
  };
  const Case cases[] = {{"#000000", "#ffffff", 21.0}, {"#ffffff", "#ffffff", 1.0},
                        {"#777777", "#ffffff", 4.48}, {"#767676", "#ffffff", 4.54},
                        {"#0000ff", "#ffffff", 8.59}, {"#ff0000", "#ffffff", 4.0},
                        {"#ffff00", "#ffffff", 1.07}};
  for (const Case& each : cases) {
    EXPECT_NEAR(contrast(*parse_colour(each.one), *parse_colour(each.other)), each.ratio, 0.006)
        << each.one;
    EXPECT_NEAR(contrast(*parse_colour(each.other), *parse_colour(each.one)), each.ratio, 0.006)
        << each.one;
  }
}

TEST(Colour, NearestReadableShade) {
  const Colour dark = *parse_colour("#18222a");
  for (const char* text : {"#ffff00", "#ff0000", "#777777", "#ffffff", "#000000", "#0b5c7d"}) {
    const Colour colour = *parse_colour(text);
    EXPECT_GE(contrast(readable_on(colour, kWhite), kWhite), kReadableContrast) << text;
    EXPECT_GE(contrast(readable_on(colour, dark), dark), kReadableContrast) << text;
  }
  EXPECT_EQ(readable_on(*parse_colour("#0b5c7d"), kWhite).str(), "#0b5c7d") << "stays as it is";
}

}  // namespace
}  // namespace phimilter
