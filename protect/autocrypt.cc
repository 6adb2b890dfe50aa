// SPDX-License-Identifier: Apache-2.0
#include "protect/autocrypt.h"

#include <algorithm>

#include "base/encoding.h"
#include "base/limits.h"

namespace phimilter::protect {
namespace {

std::string without_white_space(std::string_view text) {
  std::string out;
  std::copy_if(text.begin(), text.end(), std::back_inserter(out),
               [](char c) { return c != ' ' && c != '\t' && c != '\r' && c != '\n'; });
  return out;
}

// What a field says; nullopt where the specification has it ignored.
std::optional<AutocryptKey> parse_field(std::string_view value) {
  std::optional<mail::Address> owner;
  std::optional<Bytes> key;
  for (const std::string_view piece : split(value, ';')) {
    const auto equals = piece.find('=');
    const std::string_view name = trim(piece.substr(0, equals));
    const std::string_view text =
        equals == std::string_view::npos ? std::string_view() : piece.substr(equals + 1);
    if (name == "addr" && !owner) {
      const auto address = mail::Address::parse(trim(text));
      owner = address ? std::optional(*address) : std::nullopt;
    } else if (name == "keydata" && !key) {
      key = unbase64(without_white_space(text));
    } else if (name.empty() ? !trim(piece).empty()
                            : name != "prefer-encrypt" && !name.starts_with('_')) {
      return std::nullopt;  // twice, or critical and not known
    }
  }
  if (!owner || !key || key->empty() || key->size() > limits::kKeyBytes) {
    return std::nullopt;
  }
  return AutocryptKey{*owner, std::string(as_text(*key))};
}

bool is_report(const mail::HeaderList& headers) {
  const auto* type = headers.first("Content-Type");
  return type != nullptr && ascii_lower(trim(type->value)).starts_with("multipart/report");
}

}  // namespace

std::optional<mail::Address> only_author(const mail::HeaderList& headers) {
  if (headers.count("From") != 1) {
    return std::nullopt;
  }
  const auto mailboxes = mail::mailboxes(headers.first("From")->value);
  return mailboxes.size() == 1 ? std::optional(mailboxes.front().address) : std::nullopt;
}

std::optional<AutocryptKey> autocrypt_key(const mail::HeaderList& headers) {
  const auto author = only_author(headers);
  if (!author || is_report(headers)) {
    return std::nullopt;
  }
  std::optional<AutocryptKey> found;
  for (const mail::HeaderField* field : headers.all("Autocrypt")) {
    auto parsed = parse_field(field->value);
    if (!parsed || parsed->owner != *author) {
      continue;
    }
    if (found) {
      return std::nullopt;
    }
    found = std::move(parsed);
  }
  return found;
}

}  // namespace phimilter::protect
