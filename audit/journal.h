// SPDX-License-Identifier: Apache-2.0
//
// The local journal: the truth from which Redis and every export derive. Append only, on the disk
// when append() returns, one line a record, each line chained to the one before by SHA-256. One
// writer a journal.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "audit/record.h"

namespace phimilter::audit {

class Journal {
 public:
  virtual ~Journal() = default;
  // Thread-safe; concurrent callers share one fdatasync (group commit). Returns the sequence number
  // of the last. Transient fault: nothing of these records counts as written, and the MTA must not
  // be told yes.
  virtual Result<std::uint64_t> append(std::span<const Record> records) = 0;
  Result<std::uint64_t> append(const Record& record) {
    return append(std::span<const Record>(&record, 1));
  }
  virtual std::uint64_t last_sequence() const = 0;
  // Wakes when more than `after` is durable, or after `timeout_ms`: for the Redis shipper.
  virtual std::uint64_t wait_for_more(std::uint64_t after, std::int64_t timeout_ms) = 0;
};

// Opens or begins a journal. A torn last line (power cut) is cut off and said so in the log;
// anything else that does not verify is a configuration fault. Where lines stand and journal.head
// does not say how many, that is written down as a record, which verifying names from then on.
// `writer`: "filter" or "portal". Locked: a second opener gets a fault.
Result<std::unique_ptr<Journal>> open_journal(const std::string& folder, const std::string& writer,
                                              const Clock& clock);

struct JournalLine {
  std::uint64_t sequence = 0;
  std::string json;  // the record
  std::string hash;  // hex, of this line
  std::string file;  // for messages
};

// Calls `each` with every durable line from sequence `from` on, in order, while a writer may go on
// writing. `each` returns false to stop. Transient fault: unreadable; permanent: does not parse.
Status read_journal(const std::string& folder, std::uint64_t from,
                    const std::function<bool(const JournalLine&)>& each);

struct VerifyReport {
  std::uint64_t records = 0, first = 0, last = 0;
  std::string last_hash;
  std::vector<std::string>
      problems;  // "journal-0000000001.jsonl line 17: hash does not match"; empty: verified
};
Result<VerifyReport> verify_journal(const std::string& folder);

}  // namespace phimilter::audit
