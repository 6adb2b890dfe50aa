// SPDX-License-Identifier: Apache-2.0
#include "protect/key_desk.h"

#include <algorithm>

#include "base/log.h"
#include "protect/a_labels.h"
#include "protect/ldap_certificates.h"
#include "protect/wkd.h"

namespace phimilter::protect {
namespace {

using policy::KeyFact;
using policy::KeyState;

constexpr std::size_t kOpenPgpDigits = 40;  // of a fingerprint; a certificate's has 64

bool is_of_kind(const FingerprintId& fingerprint, KeyKind kind) {
  return (fingerprint.str().size() == kOpenPgpDigits) == (kind == KeyKind::pgp);
}

// Those that have a place for what they may find.
Result<std::vector<std::unique_ptr<KeyServer>>> key_servers(const Settings& settings,
                                                            const Pgp* pgp, const Smime* smime) {
  auto servers = ldap_servers(settings.keys_ldap, settings.keys_ldap_ca_file);
  if (servers && smime == nullptr) {
    servers->clear();
  }
  if (servers && pgp != nullptr && !settings.keys_wkd.empty()) {
    servers->push_back(
        wkd_server({.domains = settings.keys_wkd, .ca_file = settings.keys_wkd_ca_file}));
  }
  return servers;
}

}  // namespace

Result<std::unique_ptr<KeyDesk>> KeyDesk::open(const Settings& settings, Pgp* pgp, Smime* smime) {
  auto rules = KeyRules::parse(settings.keys_trust, settings.keys_partners);
  if (!rules) {
    return fail(rules);
  }
  auto book = KeyBook::open(settings.keys_folder);
  if (!book) {
    return fail(book);
  }
  std::unique_ptr<KeyDesk> desk(new KeyDesk);
  desk->pgp_ = pgp;
  desk->smime_ = smime;
  desk->rules_ = std::move(*rules);
  desk->book_ = std::move(*book);
  desk->intake_ = std::make_unique<KeyIntake>(
      IntakePorts{desk->book_.get(), pgp, smime, settings.smime_certificates, desk->rules_});
  auto servers = key_servers(settings, pgp, smime);
  if (!servers) {
    return fail(servers);
  }
  if (!servers->empty()) {
    desk->finder_ =
        std::make_unique<KeyFinder>(FinderOptions{.lookup_ms = settings.keys_lookup_ms},
                                    std::move(*servers), *desk->intake_, system_clock());
  }
  return desk;
}

KeySource* KeyDesk::store(KeyKind kind) const {
  return kind == KeyKind::pgp ? static_cast<KeySource*>(pgp_) : smime_;
}

KeyFact KeyDesk::find(KeyKind kind, const mail::Address& recipient, Timestamp now) {
  if (store(kind) == nullptr) {
    return {};
  }
  KeyFact partner;
  for (const FingerprintId& fingerprint : rules_.partner_keys(recipient)) {
    if (is_of_kind(fingerprint, kind)) {
      partner = store(kind)->by_fingerprint(fingerprint, now);
      partner.source = "partner";
    }
    if (partner.state == KeyState::valid || partner.state == KeyState::unknown) {
      return partner;
    }
  }
  const auto record = book_->read(kind, owner_key(recipient));
  if (!record) {
    log::fault(log::Level::error, "-", record.error());
    return {.state = KeyState::unknown, .fingerprint = std::nullopt, .source = "keys"};
  }
  KeyFact fact = choose_key(*record, store(kind)->find_all(recipient, now));
  return fact.state == KeyState::none && partner.state != KeyState::none ? partner : fact;
}

std::vector<HeardOf> KeyDesk::search(std::span<const mail::Address> recipients) {
  return finder_ ? finder_->search(recipients) : std::vector<HeardOf>();
}

bool KeyDesk::is_partner_key(const mail::Address& recipient,
                             const FingerprintId& fingerprint) const {
  const auto keys = rules_.partner_keys(recipient);
  return std::find(keys.begin(), keys.end(), fingerprint) != keys.end();
}

void KeyDesk::note_use(KeyKind kind, const mail::Address& recipient,
                       const FingerprintId& fingerprint, Timestamp now) {
  // The settings say which key a partner has; they are the pin.
  if (is_partner_key(recipient, fingerprint)) {
    return;
  }
  auto noted = book_->note_use(kind, owner_key(recipient), fingerprint, now);
  if (!noted) {
    log::fault(log::Level::error, "-", noted.error());
  }
}

}  // namespace phimilter::protect
