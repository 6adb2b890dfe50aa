// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace phimilter::extract {

// Reading letters in pictures (OCR), by tesseract.
struct OcrOptions {
  std::size_t pages = 0;     // pictures and pages of one message; 0: no OCR
  std::int64_t seconds = 0;  // longest time for one of them
  std::string languages;     // of tesseract: "eng", "eng+spa"
};

}  // namespace phimilter::extract
