// SPDX-License-Identifier: Apache-2.0
#include "phictl/key_trust.h"

#include <sys/stat.h>

#include <algorithm>

#include "base/clock.h"
#include "base/encoding.h"
#include "base/limits.h"
#include "mail/address.h"
#include "protect/a_labels.h"
#include "protect/key_rules.h"

namespace phimilter::phictl {

Result<std::unique_ptr<protect::KeyBook>> open_key_book(const Settings& settings) {
  struct stat folder {};
  if (stat(settings.keys_folder.c_str(), &folder) != 0) {
    return std::unique_ptr<protect::KeyBook>();
  }
  return protect::KeyBook::open(settings.keys_folder);
}

namespace {

// For the owner of each address; the first fault ends it.
template <typename Act>
Status for_each_owner(const Settings& settings, const std::vector<std::string>& addresses,
                      const Act& act) {
  const auto book = open_key_book(settings);
  if (!book) {
    return fail(book.error());
  }
  for (const std::string& text : addresses) {
    const auto address = mail::Address::parse(text);
    if (*book == nullptr || !address) {
      continue;
    }
    if (auto done = act(**book, protect::owner_key(*address)); !done) {
      return done;
    }
  }
  return {};
}

}  // namespace

Status vouch_for(const Settings& settings, protect::KeyKind kind, const FingerprintId& fingerprint,
                 const std::vector<std::string>& addresses, const std::string& person) {
  return for_each_owner(settings, addresses, [&](protect::KeyBook& book, const std::string& owner) {
    return book.vouch(kind, owner, fingerprint, person, system_clock().now());
  });
}

Status refuse_certificate(const Settings& settings,
                          const protect::CertificateDescription& certificate, std::string pem,
                          const std::string& person) {
  const Timestamp now = system_clock().now();
  const protect::OfferedKey key{
      .fingerprint = certificate.fingerprint,
      .source = std::string(protect::kImported),
      .bytes = pem.size() <= limits::kKeyBytes ? std::move(pem) : std::string()};
  const auto act = [&](protect::KeyRecord& record) {
    protect::forget_lapsed(record, now);
    if (certificate.expires <= now) {
      protect::forget(record, certificate.fingerprint);
    } else {
      protect::refuse(record, key, person, now);
    }
  };
  return for_each_owner(settings, certificate.addresses,
                        [&](protect::KeyBook& book, const std::string& owner) {
                          return book.change(protect::KeyKind::smime, owner, act);
                        });
}

Status forget_refusals(const Settings& settings, protect::KeyKind kind,
                       const FingerprintId& fingerprint,
                       const std::vector<std::string>& addresses) {
  return for_each_owner(settings, addresses, [&](protect::KeyBook& book, const std::string& owner) {
    return book.change(kind, owner, [&](protect::KeyRecord& record) {
      protect::forget_refusal(record, fingerprint);
    });
  });
}

std::optional<FingerprintId> typed_fingerprint(const std::string& text) {
  std::string digits = ascii_lower(text);
  std::erase_if(digits, [](char c) { return c == ' ' || c == ':'; });
  return FingerprintId::parse(digits);
}

}  // namespace phimilter::phictl
