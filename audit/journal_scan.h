// SPDX-License-Identifier: Apache-2.0
//
// One file of a journal, checked line by line: form, hash, chain and sequence.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "audit/journal_line.h"
#include "audit/journal_reader.h"

namespace phimilter::audit {

// Where the chain stands: the last line seen.
struct ChainEnd {
  std::uint64_t sequence = 0;
  std::string hash{kFirstPrevious};
};

struct FileScan {
  std::uint64_t lines = 0;
  std::uint64_t whole_bytes = 0;  // up to the end of the last line
  std::uint64_t torn_bytes = 0;   // after it: a line without an end
  // Numbers of lines that say that journal.head was lost before them; no more than the first few.
  std::vector<std::uint64_t> lost_heads{};
};

// `end` says what the first line must follow, nullopt: whatever it says it follows; afterwards it
// is the last line. `problem` is called with a line's number in the file and what is wrong with it,
// and says whether to go on. Faults: the file cannot be read.
Result<FileScan> scan_file(const JournalFile& file, std::optional<ChainEnd>& end,
                           const std::function<bool(std::uint64_t, const std::string&)>& problem);

}  // namespace phimilter::audit
