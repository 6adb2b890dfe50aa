// SPDX-License-Identifier: Apache-2.0
#include "audit/journal_line.h"

#include <charconv>
#include <cstdio>

#include "base/encoding.h"
#include "base/ids.h"

namespace phimilter::audit {

namespace {

constexpr std::string_view kSequence = "{\"seq\":", kPrevious = ",\"prev\":\"",
                           kRecord = "\",\"rec\":", kHash = ",\"hash\":\"", kEnd = "\"}";
constexpr std::string_view kNameStart = "journal-", kNameEnd = ".jsonl";
constexpr std::size_t kNameDigits = 10;

bool take(std::string_view& rest, std::string_view expected) {
  if (!rest.starts_with(expected)) {
    return false;
  }
  rest.remove_prefix(expected.size());
  return true;
}

// Without leading zeros: one number, one spelling.
std::optional<std::uint64_t> take_number(std::string_view& rest) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), value);
  if (error != std::errc() || rest.front() == '0') {
    return std::nullopt;
  }
  rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
  return value;
}

}  // namespace

std::optional<LineView> parse_line(std::string_view line) {
  constexpr std::size_t kTail = kHash.size() + kHashDigits + kEnd.size();
  LineView view;
  std::string_view rest = line;
  if (line.size() < kTail || !take(rest, kSequence)) {
    return std::nullopt;
  }
  const auto sequence = take_number(rest);
  if (!sequence || !take(rest, kPrevious) || rest.size() < kHashDigits) {
    return std::nullopt;
  }
  view.sequence = *sequence;
  view.previous = rest.substr(0, kHashDigits);
  rest.remove_prefix(kHashDigits);
  if (!take(rest, kRecord) || rest.size() < kTail) {
    return std::nullopt;
  }
  view.record = rest.substr(0, rest.size() - kTail);
  view.hashed = line.substr(0, line.size() - kTail);
  rest.remove_prefix(view.record.size());
  if (!take(rest, kHash)) {
    return std::nullopt;
  }
  view.hash = rest.substr(0, kHashDigits);
  rest.remove_prefix(kHashDigits);
  if (rest != kEnd || !id_form::hex(view.previous, kHashDigits) ||
      !id_form::hex(view.hash, kHashDigits)) {
    return std::nullopt;
  }
  return view;
}

bool hash_matches(const LineView& line) {
  return hex(sha256(line.hashed)) == line.hash;
}

std::string make_line(std::uint64_t sequence, std::string_view previous, std::string_view record,
                      std::string& hash) {
  std::string line(kSequence);
  line += std::to_string(sequence);
  line += kPrevious;
  line += previous;
  line += kRecord;
  line += record;
  hash = hex(sha256(std::string_view(line)));
  line += kHash;
  line += hash;
  line += kEnd;
  line += '\n';
  return line;
}

std::string journal_file_name(std::uint64_t first_sequence) {
  std::string digits = std::to_string(first_sequence);
  if (digits.size() < kNameDigits) {
    digits.insert(0, kNameDigits - digits.size(), '0');
  }
  return std::string(kNameStart) + digits + std::string(kNameEnd);
}

std::optional<std::uint64_t> first_sequence_of(std::string_view name) {
  std::string_view digits = name;
  if (!take(digits, kNameStart) || !digits.ends_with(kNameEnd)) {
    return std::nullopt;
  }
  digits.remove_suffix(kNameEnd.size());
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc() || end != digits.data() + digits.size() ||
      journal_file_name(value) != name) {
    return std::nullopt;
  }
  return value;
}

}  // namespace phimilter::audit
