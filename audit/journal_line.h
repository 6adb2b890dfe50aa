// SPDX-License-Identifier: Apache-2.0
//
// One line of the journal, as docs/decision-record.md describes it:
//   {"seq":17,"prev":"<64 hex>","rec":{...},"hash":"<64 hex>"}
// hash = SHA-256 of the line's bytes before `,"hash":`; prev = the hash of the line before, 64
// zeros in the first.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace phimilter::audit {

inline constexpr std::size_t kHashDigits = 64;
inline constexpr std::size_t kLongestLine = 16 * 1024 * 1024;
inline constexpr std::string_view kFirstPrevious =
    "0000000000000000000000000000000000000000000000000000000000000000";
static_assert(kFirstPrevious.size() == kHashDigits);

struct LineView {  // into the line
  std::uint64_t sequence = 0;
  std::string_view previous, record, hash;
  std::string_view hashed;  // the bytes that the hash is of
};

// Without a line end. nullopt: not of that form.
std::optional<LineView> parse_line(std::string_view line);
bool hash_matches(const LineView& line);
// With its line end; `hash` becomes the line's hash.
std::string make_line(std::uint64_t sequence, std::string_view previous, std::string_view record,
                      std::string& hash);

// journal-0000000001.jsonl: the first sequence number in the file, ten digits or more.
std::string journal_file_name(std::uint64_t first_sequence);
std::optional<std::uint64_t> first_sequence_of(std::string_view file_name);

}  // namespace phimilter::audit
