// SPDX-License-Identifier: Apache-2.0
//
// What is said to Redis so that each journal line is in the stream once: the cursor is read, then
// entries and cursor are written in one transaction that is void if the cursor changed meanwhile.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "audit/journal.h"
#include "audit/redis_connection.h"

namespace phimilter::audit {

struct StreamNames {
  std::string stream, cursor;
};
StreamNames stream_names(const std::string& stream, const std::string& writer);

// "17 <hash>": the last line that is in the stream. Sequence 0: none is.
struct Cursor {
  std::uint64_t sequence = 0;
  std::string hash;
  bool operator==(const Cursor&) const = default;
};
std::string to_string(const Cursor& cursor);

// Watches the cursor for the transaction that follows. Transient fault: Redis is away, or not
// ready; configuration: the keys hold something else.
Result<Cursor> read_cursor(RedisConnection& redis, const StreamNames& names);

// True: all lines and the cursor are in. False: void, another shipper was faster. A fault: unknown,
// or none of it is in; read the cursor again.
Result<bool> ship(RedisConnection& redis, const StreamNames& names, const Cursor& before,
                  const std::vector<JournalLine>& lines);

}  // namespace phimilter::audit
