// SPDX-License-Identifier: Apache-2.0
//
// Addresses that the clinic has attached to a recipient: a person's other address, or the people
// behind a shared mailbox. Who proves one of them (by a mailed code, or by an account) may read
// what was sent to the recipient. One file a pair in the folder of recipients,
// <SHA-256 of the recipient's key>-<SHA-256 of the other's key>.attached, mode 0660: the name alone
// counts; inside, sealed to the portal's public key, stand both addresses, for who lists them.
// Where both are one person's it holds both ways, and <SHA-256 of the other's key>.person holds the
// recipient's digest: of the proof on file, and of the language, there is then one for both. That
// file is written first and removed last, so that what a kill leaves behind is known as unfinished;
// it counts only together with the recipient's pair, which is written last and removed first.
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

// unfinished: of one person's two, and broken off while it was attached or detached. Either, said
// again, ends it.
enum class Attachment { shared, same_person, unfinished };

struct AttachedPair {
  std::string recipient, other;  // empty: sealed to another key
  Attachment kind = Attachment::shared;
};

class AttachedAddresses {
 public:
  explicit AttachedAddresses(std::string folder) : folder_(std::move(folder)) {}
  // On the disk on return. One person's two addresses keep their main one, whichever is named
  // first. Permanent fault: an address cannot be attached to itself. Configuration fault: `other`
  // is another main address's already ("escrow.attached_other").
  Status attach(const mail::Address& recipient, const mail::Address& other,
                const std::string& public_key_file, Attachment kind = Attachment::shared) const;
  // Both ways where both are one person's, whichever is named first. False: was not attached.
  Result<bool> detach(const mail::Address& recipient, const mail::Address& other) const;
  // Whether `other` is one person's other address already, and of another main address than
  // `recipient`.
  Result<bool> is_anothers(const mail::Address& recipient, const mail::Address& other) const;
  // Whether who has `other` may read what was sent to `recipient`; without any key.
  Result<bool> is_attached(const mail::Address& recipient, const mail::Address& other) const;
  // nullopt: not attached. One person's two are that from either end.
  Result<std::optional<Attachment>> find(const mail::Address& recipient,
                                         const mail::Address& other) const;
  // One person's two addresses once, the main one as the recipient. No folder: none.
  Result<std::vector<AttachedPair>> list(const std::string& private_key_file) const;

 private:
  std::string path_of(const mail::Address& recipient, const mail::Address& other) const;
  Status join(const mail::Address& main, const mail::Address& alias, const PublicKey& key) const;
  Result<std::vector<std::string>> paths_to_remove(const mail::Address& recipient,
                                                   const mail::Address& other) const;
  Status write_pair(const mail::Address& recipient, const mail::Address& other,
                    const PublicKey& key) const;
  std::string folder_;
};

// Whose other address it is: the digest that names the main address's files. nullopt: nobody's, or
// not finished.
Result<std::optional<std::string>> main_digest_of(const std::string& folder,
                                                  const mail::Address& other);

}  // namespace phimilter::escrow
