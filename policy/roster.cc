// SPDX-License-Identifier: Apache-2.0
#include "policy/roster.h"

#include <algorithm>
#include <cstring>

#include "policy/check_digits.h"
#include "policy/validators.h"

namespace phimilter::policy {
namespace {

constexpr std::string_view kMagic = "PHIROST1";
constexpr std::size_t kHeader = 24;
constexpr std::size_t kEntry = 16;
constexpr std::size_t kKeyMark = 8;
constexpr std::size_t kFewestPlaces = 5;
constexpr std::size_t kFewestDigits = 4;
constexpr std::size_t kMostPlaces = 40;

std::string digest(const Secret& key, std::string_view text, std::size_t bytes) {
  const Sha256 whole = hmac_sha256(key.span(), as_bytes(text));
  return std::string(as_text(whole).substr(0, bytes));
}

std::string key_mark(const Secret& key) {
  return digest(key, "phimilter roster 1", kKeyMark);
}

std::string entry_of(const Secret& key, RosterKind kind, std::string_view form) {
  return digest(key, std::string(1, static_cast<char>(kind)) + ":" + std::string(form), kEntry);
}

std::string eight_bytes(std::uint64_t number) {
  std::string out;
  for (unsigned i = 0; i < 8; ++i) {
    out.push_back(static_cast<char>(number >> (8 * i) & 0xff));
  }
  return out;
}

bool is_name_letter(char c) {
  return is_letter(c) || static_cast<unsigned char>(c) >= 0x80;
}

std::optional<int> month_of(std::string_view word) {
  constexpr std::string_view kMonths = "janfebmaraprmayjunjulaugsepoctnovdec";
  const std::size_t at = kMonths.find(ascii_lower(word.substr(0, 3)));
  if (word.size() < 3 || at == std::string_view::npos || at % 3 != 0) {
    return std::nullopt;
  }
  return static_cast<int>(at / 3) + 1;
}

struct DayPieces {
  std::vector<std::string> numbers;
  std::optional<int> month;
};

DayPieces day_pieces(std::string_view value) {
  DayPieces out;
  for (std::size_t at = 0; at < value.size();) {
    std::size_t end = at;
    while (end < value.size() && is_digit(value[end])) {
      ++end;
    }
    if (end > at) {
      out.numbers.emplace_back(value.substr(at, end - at));
      at = end;
      continue;
    }
    while (end < value.size() && is_letter(value[end])) {
      ++end;
    }
    out.month = out.month ? out.month : month_of(value.substr(at, end - at));
    at = std::max(end, at + 1);
  }
  return out;
}

std::string two_digits(int number) {
  return {static_cast<char>('0' + number / 10 % 10), static_cast<char>('0' + number % 10)};
}

}  // namespace

std::string roster_number(std::string_view value) {
  std::string out = capitals_of(value);
  const std::string digits = digits_of(out);
  if (out.size() == digits.size()) {
    if (out.size() == 11 && out[0] == '1') {
      out.erase(0, 1);
    }
    out.erase(0, std::min(out.find_first_not_of('0'), out.size()));
  }
  return out.size() < kFewestPlaces || out.size() > kMostPlaces ||
                 digits_of(out).size() < kFewestDigits
             ? std::string()
             : out;
}

std::string roster_address(std::string_view value) {
  const std::string out = ascii_lower(trim(value));
  const std::size_t at = out.find('@');
  return at == 0 || at == std::string::npos || at + 1 == out.size() ||
                 out.find_first_of(" \t@", at + 1) != std::string::npos
             ? std::string()
             : out;
}

std::vector<std::string> roster_words(std::string_view normalised) {
  std::vector<std::string> out;
  bool inside = false;
  for (const char c : normalised) {
    if (is_name_letter(c)) {
      if (!inside) {
        out.emplace_back();
      }
      out.back().push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
      inside = true;
    } else {
      inside = inside && c == '\'';
    }
  }
  return out;
}

std::string roster_name(std::string_view one, std::string_view other) {
  const auto [first, last] = std::minmax(one, other);
  return std::string(first) + " " + std::string(last);
}

std::string roster_birth(std::string_view name, std::string_view yyyymmdd) {
  return std::string(name) + " " + std::string(yyyymmdd);
}

std::optional<std::string> roster_day(std::string_view value) {
  if (!valid_date(value)) {
    return std::nullopt;
  }
  const DayPieces pieces = day_pieces(value);
  const auto& numbers = pieces.numbers;
  if (numbers.size() == 1 && numbers[0].size() == 8) {
    return numbers[0];
  }
  if (pieces.month && numbers.size() == 2 && numbers[1].size() == 4) {
    return numbers[1] + two_digits(*pieces.month) + two_digits(number(numbers[0]));
  }
  if (numbers.size() != 3) {
    return std::nullopt;
  }
  if (numbers[0].size() == 4) {
    return numbers[0] + two_digits(number(numbers[1])) + two_digits(number(numbers[2]));
  }
  if (numbers[2].size() != 4) {
    return std::nullopt;
  }
  const bool day_first = number(numbers[0]) > 12;
  return numbers[2] + two_digits(number(numbers[day_first ? 1 : 0])) +
         two_digits(number(numbers[day_first ? 0 : 1]));
}

void RosterBuilder::add(RosterKind kind, std::string_view form) {
  entries_.push_back(entry_of(key_, kind, form));
}

std::string RosterBuilder::finish() {
  std::sort(entries_.begin(), entries_.end());
  entries_.erase(std::unique(entries_.begin(), entries_.end()), entries_.end());
  std::string out = std::string(kMagic) + key_mark(key_) + eight_bytes(entries_.size());
  for (const std::string& entry : entries_) {
    out += entry;
  }
  return out;
}

Result<std::shared_ptr<const Roster>> Roster::read(std::string content, Secret key) {
  const auto refuse = [](const std::string& what) {
    return fail(configuration_fault("policy.roster", what));
  };
  if (content.size() < kHeader || !content.starts_with(kMagic)) {
    return refuse("it is no roster; make it with 'phictl roster build'");
  }
  const std::size_t entries = (content.size() - kHeader) / kEntry;
  if ((content.size() - kHeader) % kEntry != 0 || content.substr(16, 8) != eight_bytes(entries)) {
    return refuse("it is damaged: its length is not what it says; build it again");
  }
  if (entries == 0) {
    return refuse("there is nobody on it");
  }
  if (!constant_time_equal(std::string_view(content).substr(8, kKeyMark), key_mark(key))) {
    return refuse("it was made with another key");
  }
  return std::shared_ptr<const Roster>(new Roster(std::move(content), std::move(key)));
}

bool Roster::holds(RosterKind kind, std::string_view form) const {
  const std::string wanted = entry_of(key_, kind, form);
  const std::string_view table = std::string_view(content_).substr(kHeader);
  std::size_t low = 0;
  std::size_t high = table.size() / kEntry;
  while (low < high) {
    const std::size_t middle = low + (high - low) / 2;
    const int order = table.substr(middle * kEntry, kEntry).compare(wanted);
    if (order == 0) {
      return true;
    }
    (order < 0 ? low : high) = order < 0 ? middle + 1 : middle;
  }
  return false;
}

}  // namespace phimilter::policy
