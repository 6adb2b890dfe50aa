// SPDX-License-Identifier: Apache-2.0
//
// The clinic's own patients, as a table of keyed digests: whether a number, an address or a name in
// a message is one of theirs can be asked, and the list cannot be read from the table.
//
// File: 8 bytes "PHIROST1"; 8 bytes that only the right key gives; u64 number of entries (little
// endian); the entries, sorted, 16 bytes each: the first 16 of HMAC-SHA-256(key, kind, ':', form).
// The forms are those of the functions below.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/encoding.h"
#include "base/result.h"
#include "base/secret.h"

namespace phimilter::policy {

enum class RosterKind : char {
  number = 'n',  // record numbers, social security numbers, telephones
  mail_address = 'a',
  name = 'p',
  name_and_birth = 'b',
};

// Capitals and digits; leading zeros and the 1 of a national telephone number do not count. Empty:
// fewer than five places or four digits, which stand in any text by chance.
std::string roster_number(std::string_view value);
// Lower case; empty: no address.
std::string roster_address(std::string_view value);
// Words of a name, folded: lower case, without marks inside. Two or more needed: "ana maria lopez".
std::vector<std::string> roster_words(std::string_view normalised);
// Of two words, whatever their order.
std::string roster_name(std::string_view one, std::string_view other);
std::string roster_birth(std::string_view name, std::string_view yyyymmdd);

class RosterBuilder {
 public:
  explicit RosterBuilder(const Secret& key) : key_(key) {}
  void add(RosterKind kind, std::string_view form);
  std::size_t size() const { return entries_.size(); }
  std::string finish();  // the file's bytes; once

 private:
  const Secret& key_;
  std::vector<std::string> entries_;
};

class Roster {
 public:
  static constexpr std::size_t kKeyBytes = 32;

  // Configuration fault: damaged, empty, or made with another key.
  static Result<std::shared_ptr<const Roster>> read(std::string content, Secret key);
  bool holds(RosterKind kind, std::string_view form) const;

 private:
  Roster(std::string content, Secret key) : content_(std::move(content)), key_(std::move(key)) {}

  std::string content_;
  Secret key_;
};

// "02/11/1957", "1957-02-11", "Feb 11, 1957" as "19570211"; nullopt: no such day, or a year of two
// digits.
std::optional<std::string> roster_day(std::string_view value);

}  // namespace phimilter::policy
