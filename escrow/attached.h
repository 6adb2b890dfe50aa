// SPDX-License-Identifier: Apache-2.0
//
// Addresses that the clinic has attached to a recipient: a person's other address, or the people
// behind a shared mailbox. Who proves one of them (by a mailed code, or by an account) may read
// what was sent to the recipient. One file a pair in the folder of recipients,
// <SHA-256 of the recipient's key>-<SHA-256 of the other's key>.attached, mode 0640: the name alone
// counts; inside, sealed to the portal's public key, stand both addresses, for who lists them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "mail/address.h"

namespace phimilter::escrow {

inline constexpr std::string_view kAttachedSuffix = ".attached";

struct AttachedPair {
  std::string recipient, other;  // empty: sealed to another key
};

class AttachedAddresses {
 public:
  explicit AttachedAddresses(std::string folder) : folder_(std::move(folder)) {}
  // On the disk on return. Permanent fault: an address cannot be attached to itself.
  Status attach(const mail::Address& recipient, const mail::Address& other,
                const std::string& public_key_file) const;
  // False: was not attached.
  Result<bool> detach(const mail::Address& recipient, const mail::Address& other) const;
  // Whether who has `other` may read what was sent to `recipient`; without any key.
  Result<bool> is_attached(const mail::Address& recipient, const mail::Address& other) const;
  Result<std::vector<AttachedPair>> list(const std::string& private_key_file) const;

 private:
  std::string path_of(const mail::Address& recipient, const mail::Address& other) const;
  std::string folder_;
};

}  // namespace phimilter::escrow
