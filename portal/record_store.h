// SPDX-License-Identifier: Apache-2.0
//
// Small records by name, sealed under the pepper: one file each, mode 0600. The format stands on
// top of record_store.cc. Threads: a store may be shared; of two writers of one record the last
// wins.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/limits.h"
#include "base/result.h"
#include "base/secret.h"

namespace phimilter::portal {

class RecordStore {
 public:
  virtual ~RecordStore() = default;
  // nullopt: no such record. Transient fault: could not tell (also a file that is broken, another
  // record's, or sealed with another pepper); then nobody may be let in.
  virtual Result<std::optional<Secret>> load(const std::string& name) = 0;
  // On the disk then. Permanent fault "portal.state_too_large": longer than load() would read.
  virtual Status save(const std::string& name, std::string_view record) = 0;
  virtual Status remove(const std::string& name) = 0;  // gone already: fine
  // Of all that end so.
  virtual Result<std::vector<std::string>> names(std::string_view suffix) = 0;
};

inline constexpr std::size_t kLongestRecordFile = 64 * limits::kKiB;

// Makes the folder (0700). Configuration fault: cannot be made or written to. The pepper is copied.
// `longest`: of a file, with what seals it.
Result<std::unique_ptr<RecordStore>> open_record_store(const std::string& folder,
                                                       const Secret& pepper,
                                                       std::size_t longest = kLongestRecordFile);
// For the life of the object.
std::unique_ptr<RecordStore> memory_record_store();

}  // namespace phimilter::portal
