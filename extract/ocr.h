// SPDX-License-Identifier: Apache-2.0
//
// The words of pictures, where OCR is switched on (extract/tool_runner.h).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace phimilter::extract {

struct PictureWords {
  std::string text;
  bool read = false;  // it is a page of text, and read as one
};

PictureWords words_of_picture(std::string_view picture, std::string_view media_type, int tools);
PictureWords words_of_page(std::string_view pdf, std::uint32_t page, int tools);

}  // namespace phimilter::extract
