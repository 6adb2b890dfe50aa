// SPDX-License-Identifier: Apache-2.0
//
// Identifiers that cannot be mixed up: each is a type of its own, and holds only what its parse()
// let through.
#pragma once

#include <compare>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace phimilter {

template <typename Tag>
class Id {
 public:
  // nullopt when the text is not of the form that Tag::valid() wants.
  static std::optional<Id> parse(std::string_view text) {
    if (!Tag::valid(text)) {
      return std::nullopt;
    }
    return Id(std::string(text));
  }
  const std::string& str() const { return value_; }
  // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy 14 takes the comparison with 0 for a pointer.
  auto operator<=>(const Id&) const = default;

 private:
  explicit Id(std::string value) : value_(std::move(value)) {}
  std::string value_;
};

namespace id_form {
bool hex(std::string_view text, std::size_t length);    // lower-case hex digits, exactly so many
bool word(std::string_view text, std::size_t longest);  // [A-Za-z0-9._-]+

struct Queue {  // the MTA's queue id, as macro {i} gives it
  static bool valid(std::string_view text) { return word(text, 64); }
};
struct Token {  // one recipient's outcome of one submission: SHA-256 in hex
  static bool valid(std::string_view text) { return hex(text, 64); }
};
struct Digest {  // what was submitted by whom: SHA-256 in hex
  static bool valid(std::string_view text) { return hex(text, 64); }
};
struct Escrow {  // names a sealed entry; not the link's secret, tells nothing about it
  static bool valid(std::string_view text) { return hex(text, 32); }
};
struct Fingerprint {  // OpenPGP v4 (40) or X.509 SHA-256 (64), lower-case hex
  static bool valid(std::string_view text) { return hex(text, 40) || hex(text, 64); }
};
struct Rule {
  static bool valid(std::string_view text) { return word(text, 80); }
};
}  // namespace id_form

using QueueId = Id<id_form::Queue>;
using TokenId = Id<id_form::Token>;
using DigestId = Id<id_form::Digest>;
using EscrowId = Id<id_form::Escrow>;
using FingerprintId = Id<id_form::Fingerprint>;
using RuleId = Id<id_form::Rule>;

}  // namespace phimilter

template <typename Tag>
struct std::hash<phimilter::Id<Tag>> {
  std::size_t operator()(const phimilter::Id<Tag>& id) const noexcept {
    return std::hash<std::string>{}(id.str());
  }
};
