// SPDX-License-Identifier: Apache-2.0
//
// Files that are compiled in; embedded.cc is made from embedded.cc.in by CMake.
#pragma once

#include <string_view>

namespace phimilter::portal::embedded {

extern const std::string_view kTextsEn;
extern const std::string_view kTextsEs;
extern const std::string_view kStyle;
extern const std::string_view kOpenApi;

}  // namespace phimilter::portal::embedded
