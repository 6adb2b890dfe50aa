// SPDX-License-Identifier: Apache-2.0
//
// How phimilter-gpg lists the keyring: lines of tab-separated words, a key's own line followed by
// those of its user ids and encryption subkeys.
//
//   key <fingerprint> <flags> <created> <expires>
//   uid <flags> <mail address>
//   sub <flags> <created> <expires> <algorithm>
//
// Flags: any of r (revoked), d (disabled), i (invalid); "-" for none. Times: seconds since 1970,
// expires 0: never.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace phimilter::protect {

struct ListedSubkey {
  bool revoked = false;
  bool unusable = false;  // disabled or invalid
  std::int64_t created = 0;
  std::int64_t expires = 0;
  std::string algorithm;
};

struct ListedKey {
  std::string fingerprint;
  bool revoked = false;
  bool unusable = false;
  std::int64_t created = 0;
  std::int64_t expires = 0;
  std::vector<std::string> addresses;    // of user ids that are neither revoked nor invalid
  std::vector<ListedSubkey> encryption;  // subkeys that can encrypt
};

// Transient fault: not such lines (a broker that lies is a broker to replace).
Result<std::vector<ListedKey>> parse_key_lines(std::string_view text);

}  // namespace phimilter::protect
