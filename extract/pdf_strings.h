// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace phimilter::extract {

// The strings of a PDF's annotations and form fields that stand in the open (ISO 32000-1 12.5,
// 12.7): /Contents, /V, /TU and /DV, a line each. Those in compressed object streams are not seen.
std::string pdf_strings(std::string_view pdf);

}  // namespace phimilter::extract
