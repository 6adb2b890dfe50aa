// SPDX-License-Identifier: Apache-2.0
//
// A list of passphrases that have come out somewhere, as large as it likes: searched where it lies.
//
//   hashes   SHA-1 in hex, one a line and sorted; ":" and a count may follow (as Pwned Passwords)
//   lines    the passphrases themselves, UTF-8, one a line, in any order
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace phimilter::portal {

enum class BreachedKind { hashes, lines };

// By its first line. Configuration fault: cannot be read, or hashes that are not sorted (looked at
// in a thousand places).
Result<BreachedKind> kind_of_breached_file(const std::string& path);
// Transient fault: could not be read to the end.
Result<bool> is_breached(const std::string& path, BreachedKind kind, std::string_view passphrase);

}  // namespace phimilter::portal
