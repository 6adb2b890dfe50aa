// SPDX-License-Identifier: Apache-2.0
//
// Addresses that the clinic has attached to a recipient: a person's other address, or the people
// behind a shared mailbox. Who proves one of them (by a mailed code, or by an account) may read
// what was sent to the recipient. One file a pair in the folder of recipients,
// <SHA-256 of the recipient's key>-<SHA-256 of the other's key>.attached, mode 0640: the name alone
// counts; inside, sealed to the portal's public key, stand both addresses, for who lists them.
// Where both are one person's it holds both ways, and <SHA-256 of the other's key>.person holds the
// recipient's digest: of the proof on file, and of the language, there is then one for both.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "escrow/seal_crypto.h"
#include "mail/address.h"

namespace phimilter::escrow {

inline constexpr std::string_view kAttachedSuffix = ".attached";

enum class Attachment { shared, same_person };

struct AttachedPair {
  std::string recipient, other;  // empty: sealed to another key
  Attachment kind = Attachment::shared;
};

class AttachedAddresses {
 public:
  explicit AttachedAddresses(std::string folder) : folder_(std::move(folder)) {}
  // On the disk on return. Permanent fault: an address cannot be attached to itself.
  Status attach(const mail::Address& recipient, const mail::Address& other,
                const std::string& public_key_file, Attachment kind = Attachment::shared) const;
  // Both ways where both are one person's. False: was not attached.
  Result<bool> detach(const mail::Address& recipient, const mail::Address& other) const;
  // Whether who has `other` may read what was sent to `recipient`; without any key.
  Result<bool> is_attached(const mail::Address& recipient, const mail::Address& other) const;
  // nullopt: not attached.
  Result<std::optional<Attachment>> find(const mail::Address& recipient,
                                         const mail::Address& other) const;
  // One person's two addresses once, the main one as the recipient. No folder: none.
  Result<std::vector<AttachedPair>> list(const std::string& private_key_file) const;

 private:
  std::string path_of(const mail::Address& recipient, const mail::Address& other) const;
  Status write_pair(const mail::Address& recipient, const mail::Address& other,
                    const PublicKey& key) const;
  std::string folder_;
};

// Whose other address it is: the digest that names the main address's files. nullopt: nobody's.
Result<std::optional<std::string>> main_digest_of(const std::string& folder,
                                                  const mail::Address& other);

}  // namespace phimilter::escrow
