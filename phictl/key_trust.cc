// SPDX-License-Identifier: Apache-2.0
#include "phictl/key_trust.h"

#include <sys/stat.h>

#include <algorithm>

#include "base/clock.h"
#include "base/encoding.h"
#include "mail/address.h"
#include "protect/a_labels.h"

namespace phimilter::phictl {

Result<std::unique_ptr<protect::KeyBook>> open_key_book(const Settings& settings) {
  struct stat folder {};
  if (stat(settings.keys_folder.c_str(), &folder) != 0) {
    return std::unique_ptr<protect::KeyBook>();
  }
  return protect::KeyBook::open(settings.keys_folder);
}

Status vouch_for(const Settings& settings, protect::KeyKind kind, const FingerprintId& fingerprint,
                 const std::vector<std::string>& addresses, const std::string& person) {
  const auto book = open_key_book(settings);
  if (!book) {
    return fail(book.error());
  }
  for (const std::string& text : addresses) {
    const auto address = mail::Address::parse(text);
    if (*book == nullptr || !address) {
      continue;
    }
    auto vouched = (*book)->vouch(kind, protect::owner_key(*address), fingerprint, person,
                                  system_clock().now());
    if (!vouched) {
      return vouched;
    }
  }
  return {};
}

std::optional<FingerprintId> typed_fingerprint(const std::string& text) {
  std::string digits = ascii_lower(text);
  std::erase_if(digits, [](char c) { return c == ' ' || c == ':'; });
  return FingerprintId::parse(digits);
}

}  // namespace phimilter::phictl
