// SPDX-License-Identifier: Apache-2.0
//
// The source of macros, out of a stream of a VBA project ([MS-OVBA] 2.4.1).
#pragma once

#include <string>
#include <string_view>

namespace phimilter::extract {

// Empty: the stream holds no source.
std::string vba_source(std::string_view stream);
// A compressed container. What is damaged gives what could be unpacked.
std::string unpack_vba(std::string_view container);

}  // namespace phimilter::extract
