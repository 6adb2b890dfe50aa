// SPDX-License-Identifier: Apache-2.0
#include "portal/brand_files.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/colour.h"

namespace phimilter::portal {
namespace {

constexpr std::string_view kPng = "\x89PNG\r\n\x1a\n...";

struct BrandFilesTest : ::testing::Test {
  BrandFilesTest() { std::filesystem::create_directories(folder_); }
  ~BrandFilesTest() override { std::filesystem::remove_all(folder_); }
  std::string write(const std::string& name, std::string_view content) const {
    std::ofstream(folder_ + "/" + name, std::ios::binary) << content;
    return folder_ + "/" + name;
  }
  static Brands two(const std::string& logo) {
    Brands brands;
    brands.organisation = {"", "Hill Street Clinic", "+1 555 0100", "#0b5c7d", "", ""};
    brands.named = {{"lab.example", "Alder Street Lab", "", "#7a1f5c", "1 Alder Street", logo}};
    return brands;
  }
  std::string folder_ = testing::TempDir() + "/brand-" + std::to_string(getpid());
};

TEST_F(BrandFilesTest, LooksFollowTheSendersDomain) {
  const auto files = BrandFiles::load(two(write("logo.png", kPng)));
  ASSERT_TRUE(files.has_value());
  const auto lab = files->of("results@LAB.example");
  EXPECT_EQ(lab.brand.name, "Alder Street Lab");
  EXPECT_EQ(lab.brand.phone, "+1 555 0100");
  EXPECT_EQ(lab.style, "/brand/lab.example.css");
  EXPECT_EQ(lab.logo, "/brand/lab.example.logo");
  const auto other = files->of("");
  EXPECT_EQ(other.brand.name, "Hill Street Clinic");
  EXPECT_EQ(other.style, "/brand/organisation.css");
  EXPECT_EQ(other.logo, "");
  const auto logo = files->file({}, "lab.example.logo");
  ASSERT_TRUE(logo.has_value());
  EXPECT_EQ(logo->body, kPng);
  for (const char* none : {"", "lab.example", "../logo.png", "organisation.logo"}) {
    EXPECT_FALSE(files->file({}, none).has_value()) << none;
  }
}

TEST_F(BrandFilesTest, TheDarkColourCanBeReadToo) {
  const auto files = BrandFiles::load(two(""));
  const std::string css = files->file({}, "lab.example.css")->body;
  EXPECT_NE(css.find("--accent: #7a1f5c;"), std::string::npos);
  const auto dark = css.rfind("--accent: ");
  const auto colour = parse_colour(css.substr(dark + 10, 7));
  ASSERT_TRUE(colour.has_value());
  EXPECT_GE(contrast(*colour, *parse_colour("#18222a")), kReadableContrast);
  EXPECT_GE(contrast(*colour, *parse_colour("#0b1a22")), kReadableContrast) << "ink of buttons";
}

TEST_F(BrandFilesTest, WhatIsNoPictureIsRefused) {
  for (const std::string& bad : {write("logo.svg", "<svg onload='x'/>"), write("empty.png", ""),
                                 write("large.png", std::string(kPng) + std::string(300'000, 'x')),
                                 folder_ + "/missing.png"}) {
    const auto files = BrandFiles::load(two(bad));
    ASSERT_FALSE(files.has_value()) << bad;
    EXPECT_EQ(files.error().kind, FaultKind::configuration) << bad;
  }
}

}  // namespace
}  // namespace phimilter::portal
