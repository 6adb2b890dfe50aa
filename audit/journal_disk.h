// SPDX-License-Identifier: Apache-2.0
//
// What the journal asks of the disk, so that a disk that fails at the n-th call can stand in for
// the real one.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "audit/journal.h"

namespace phimilter::audit {

// Faults are transient ones. Called from one thread at a time.
class JournalDisk {
 public:
  virtual ~JournalDisk() = default;
  // At the end of the file. After a fault nobody knows how much of it is there.
  virtual Status write(int fd, std::string_view bytes, const std::string& path);
  virtual Status sync(int fd, const std::string& path);                          // fdatasync
  virtual Status truncate(int fd, std::uint64_t size, const std::string& path);  // and synced
};

struct JournalOptions {
  std::uint64_t rotate_bytes =
      64 * 1024 * 1024;  // a file that is so large is not written to any more
};

// As open_journal() of audit/journal.h.
Result<std::unique_ptr<Journal>> open_journal(const std::string& folder, const std::string& writer,
                                              const Clock& clock, std::unique_ptr<JournalDisk> disk,
                                              const JournalOptions& options);

}  // namespace phimilter::audit
