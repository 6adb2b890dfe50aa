// SPDX-License-Identifier: Apache-2.0
//
// journal.head: "<sequence, 20 digits> <hash>\n" of the last line known to be durable. It is
// overwritten in place after each sync and not synced itself, so it may lag behind the journal and
// never runs ahead of it: a journal that is shorter has lost lines.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/files.h"
#include "base/result.h"

namespace phimilter::audit {

inline constexpr std::string_view kHeadName = "journal.head";

struct JournalHead {
  std::uint64_t sequence = 0;
  std::string hash;
};

// nullopt: no such file. Permanent fault: it does not parse.
Result<std::optional<JournalHead>> read_head(const std::string& folder);
// The file is there and durable on return, and open for overwrite_head().
Result<UniqueFd> begin_head(const std::string& folder, const JournalHead& head);
bool overwrite_head(int fd, const JournalHead& head);

}  // namespace phimilter::audit
