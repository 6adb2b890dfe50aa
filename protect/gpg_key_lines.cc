// SPDX-License-Identifier: Apache-2.0
#include "protect/gpg_key_lines.h"

#include <charconv>
#include <optional>

#include "base/encoding.h"
#include "base/ids.h"

namespace phimilter::protect {
namespace {

struct Flags {
  bool revoked = false;
  bool unusable = false;
};

std::optional<Flags> parse_flags(std::string_view text) {
  if (text.empty() || text.find_first_not_of("-rdi") != std::string_view::npos) {
    return std::nullopt;
  }
  return Flags{text.find('r') != std::string_view::npos,
               text.find_first_of("di") != std::string_view::npos};
}

std::optional<std::int64_t> parse_time(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 0) {
    return std::nullopt;
  }
  return value;
}

bool take_key(const std::vector<std::string_view>& words, std::vector<ListedKey>& keys) {
  if (words.size() != 5) {
    return false;
  }
  const auto flags = parse_flags(words[2]);
  const auto created = parse_time(words[3]);
  const auto expires = parse_time(words[4]);
  if (!flags || !created || !expires || !FingerprintId::parse(words[1])) {
    return false;
  }
  keys.push_back(
      {std::string(words[1]), flags->revoked, flags->unusable, *created, *expires, {}, {}});
  return true;
}

bool take_uid(const std::vector<std::string_view>& words, ListedKey& key) {
  if (words.size() != 3) {
    return false;
  }
  const auto flags = parse_flags(words[1]);
  if (!flags) {
    return false;
  }
  // A revoked key's user ids are all listed as revoked: they still say whose key it was.
  const bool of_dead_key = key.revoked || key.unusable;
  if (of_dead_key || (!flags->revoked && !flags->unusable)) {
    key.addresses.emplace_back(words[2]);
  }
  return true;
}

bool take_subkey(const std::vector<std::string_view>& words, ListedKey& key) {
  if (words.size() != 5) {
    return false;
  }
  const auto flags = parse_flags(words[1]);
  const auto created = parse_time(words[2]);
  const auto expires = parse_time(words[3]);
  if (!flags || !created || !expires) {
    return false;
  }
  key.encryption.push_back(
      {flags->revoked, flags->unusable, *created, *expires, std::string(words[4])});
  return true;
}

bool take_line(std::string_view line, std::vector<ListedKey>& keys) {
  const auto words = split(line, '\t');
  if (words[0] == "key") {
    return take_key(words, keys);
  }
  if (keys.empty()) {
    return false;
  }
  if (words[0] == "uid") {
    return take_uid(words, keys.back());
  }
  return words[0] == "sub" && take_subkey(words, keys.back());
}

}  // namespace

Result<std::vector<ListedKey>> parse_key_lines(std::string_view text) {
  std::vector<ListedKey> keys;
  while (!text.empty()) {
    const auto end = text.find('\n');
    if (end == std::string_view::npos || !take_line(text.substr(0, end), keys)) {
      return fail(transient_fault("pgp.list", "the key list from phimilter-gpg cannot be read"));
    }
    text.remove_prefix(end + 1);
  }
  return keys;
}

}  // namespace phimilter::protect
