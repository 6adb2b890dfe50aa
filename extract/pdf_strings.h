// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace phimilter::extract {

// The strings of a PDF's annotations and form fields that stand in the open (ISO 32000-1 12.5,
// 12.7): /Contents, /V, /TU and /DV, a line each. Also those in object streams packed by deflate.
struct PdfStrings {
  std::string text;
  std::size_t unpacked = 0;  // bytes
  bool cut = false;          // there may be more
};

// `longest`: what may be unpacked.
PdfStrings pdf_strings(std::string_view pdf, std::size_t longest);

}  // namespace phimilter::extract
