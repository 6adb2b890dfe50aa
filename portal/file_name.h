// SPDX-License-Identifier: Apache-2.0
//
// Names of files that came from elsewhere, from senders and from readers.
#pragma once

#include <string>
#include <string_view>

namespace phimilter::portal {

// A file name that means nothing to any file system: no folders, no control characters, no leading
// dots, at most 120 bytes of UTF-8.
std::string harmless_file_name(std::string_view name);

}  // namespace phimilter::portal
