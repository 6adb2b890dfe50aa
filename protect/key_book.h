// SPDX-License-Identifier: Apache-2.0
//
// The folder in which key records are kept: one file for each kind and owner. Keys here are
// candidates; what is used stands in the keyring and in the certificate folder.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/limits.h"
#include "base/result.h"
#include "protect/key_record.h"

namespace phimilter::protect {

// Keys that came in mail and wait, nobody having decided.
struct Unasked {
  std::size_t keys = 0, bytes = 0;
};

// Thread-safe, and safe against other processes with the same folder (phictl).
class KeyBook {
 public:
  // Makes the folder (mode 0700) where only its last part is missing. Owners are named by
  // owner_key(); records of before that was so are put under that name. Configuration fault: the
  // folder cannot be used.
  static Result<std::unique_ptr<KeyBook>> open(const std::string& folder,
                                               std::size_t most_records = limits::kKeyRecords);

  // An empty record for an owner about whom nothing is known. Transient fault: cannot be read.
  Result<KeyRecord> read(KeyKind kind, const std::string& owner) const;
  // Reads, changes and writes one record, while nobody else does. Nothing is written when `change`
  // leaves the record as it is. Transient fault: cannot be read or written, or "keys.full": the
  // owner is new and there are `most_records` already.
  Status change(KeyKind kind, const std::string& owner,
                const std::function<void(KeyRecord&)>& change);
  // In the order of owner and kind. Files that are no records are left out and logged.
  Result<std::vector<KeyRecord>> all() const;

  // The key was used for its owner. Written only when there is no pin of use or a person yet.
  Status note_use(KeyKind kind, const std::string& owner, const FingerprintId& fingerprint,
                  Timestamp now);
  // Forgets what came unasked and was not seen since `before`, counts what stays of it, and forgets
  // refused certificates that have ended.
  Result<Unasked> tidy(Timestamp before, Timestamp now);
  // A person put the key where it is used, or vouches for one that is there: it is trusted, and the
  // pin.
  Status vouch(KeyKind kind, const std::string& owner, const FingerprintId& fingerprint,
               const std::string& person, Timestamp now);

 private:
  KeyBook(std::string folder, std::size_t most_records)
      : folder_(std::move(folder)), most_records_(most_records) {}
  std::string path(KeyKind kind, const std::string& owner) const;
  Status rename_owners() const;
  Status rename_owner(const std::string& file, const KeyRecord& record) const;
  Result<bool> has_room();

  const std::string folder_;
  const std::size_t most_records_;
  static constexpr std::size_t kCountAgain = 100;
  std::atomic<std::size_t> counted_{0};
  // New ones, kept or not, since they were counted; so many: they are counted again.
  std::atomic<std::size_t> tried_{kCountAgain};
};

}  // namespace phimilter::protect
