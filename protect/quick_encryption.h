// SPDX-License-Identifier: Apache-2.0
//
// What gpg did once for some recipients, done again without starting gpg, by RNP in this process: a
// start of gpg costs more than all else that a short mail costs. Which keys, subkeys and cipher are
// right is for gpg alone to say. Private to phimilter-gpg.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace phimilter::protect {

// What gpg did.
struct SeenEncryption {
  std::string keys;                  // OpenPGP public keys, with what gpg used
  std::vector<std::string> subkeys;  // fingerprints of what it encrypted to
  std::vector<std::string> key_ids;  // of its session keys
  std::string cipher;                // its number, as gpg's status says it
  // From then on gpg might do something else: a key has ended, or another one begins.
  std::optional<Timestamp> until;
};

class Upload;

class QuickEncryption {
 public:
  virtual ~QuickEncryption() = default;

  // The keyring has changed: gpg is asked again.
  virtual void forget() = 0;
  // `request` names the recipients. Tries it out; where that does not come to the same, nothing is
  // learned.
  virtual void learn(const std::string& request, const SeenEncryption& seen) = 0;
  // Known, not for too long, and no key has ended or begun since.
  virtual bool knows(const std::string& request) const = 0;
  // Only what is known. Data frames of the answer, armored; returns the cipher's number. Transient
  // fault: it cannot, and gpg is asked the next time.
  virtual Result<std::string> encrypt(const std::string& request, Upload& upload) = 0;
};

// RNP 0.18.0 makes session keys of zeros (CVE-2025-13470).
constexpr bool makes_random_keys(std::uint32_t major, std::uint32_t minor, std::uint32_t patch) {
  return major != 0 || minor != 18 || patch != 0;
}

// nullptr: RNP cannot be used, and gpg does everything.
std::unique_ptr<QuickEncryption> make_quick_encryption();

}  // namespace phimilter::protect
