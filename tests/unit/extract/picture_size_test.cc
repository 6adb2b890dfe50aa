// SPDX-License-Identifier: Apache-2.0
#include "extract/picture_size.h"

#include <gtest/gtest.h>

#include <string>

namespace phimilter::extract {
namespace {

using namespace std::string_literals;

// 300 by 20 points, in the headers that PNG, GIF89a, BMP and T.81 describe.
TEST(PictureSize, IsReadFromTheHeader) {
  const std::string jpeg_start =
      "\xFF\xD8\xFF\xE0\0\x10"
      "JFIF\0\1\1\0\0\1\0\1\0\0"s;
  const std::string frame = "\xFF\xC0\0\x0B\x08\0\x14\1\x2C\1\1\x11\0"s;
  EXPECT_EQ(picture_pixels_of("\x89PNG\r\n\x1A\n\0\0\0\rIHDR\0\0\1\x2C\0\0\0\x14"s), 6000U);
  EXPECT_EQ(picture_pixels_of("GIF89a\x2C\1\x14\0\xF0"s), 6000U);
  EXPECT_EQ(picture_pixels_of("BM\xC6\x46\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\x2C\1\0\0\x14\0\0\0"s),
            6000U);
  EXPECT_EQ(picture_pixels_of("BM\xC6\x46\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\x2C\1\0\0"
                              "\xEC\xFF\xFF\xFF"s),
            6000U);
  EXPECT_EQ(picture_pixels_of(jpeg_start + frame), 6000U);
  EXPECT_EQ(picture_pixels_of(jpeg_start), std::nullopt) << "cut";
  EXPECT_EQ(picture_pixels_of("\xFF\xD8\xFF\xC4\xFF\xFF"s + std::string(40, '\0')), std::nullopt);
  EXPECT_EQ(picture_pixels_of("II*\0\x08\0\0\0"s), std::nullopt);
}

}  // namespace
}  // namespace phimilter::extract
