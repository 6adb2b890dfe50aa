// SPDX-License-Identifier: Apache-2.0
#include "protect/key_intake.h"

#include <algorithm>

#include "base/files.h"
#include "base/key_limits.h"
#include "base/log.h"
#include "protect/a_labels.h"
#include "protect/certificate_facts.h"
#include "protect/certificate_files.h"

namespace phimilter::protect {
namespace {

using policy::KeyState;

constexpr std::size_t kMostAddresses = 16;  // of a certificate that comes in for one of them

Fault no_place(std::string_view kind) {
  return permanent_fault("keys.no_place", "the settings name no place for such keys")
      .with("kind", std::string(kind));
}

// Of the key in its place; none: it is not there.
KeyState held_state(KeySource& store, const mail::Address& owner, const FingerprintId& fingerprint,
                    Timestamp now) {
  const auto held = store.find_all(owner, now);
  const auto found = std::find_if(held.begin(), held.end(), [&](const policy::KeyFact& fact) {
    return fact.fingerprint == fingerprint;
  });
  return found == held.end() ? KeyState::none : found->state;
}

// What somebody took out of its place comes back by a rule alone, and not because it was trusted
// once.
bool belongs_in_store(Offered expected, KeyState held, bool by_rule) {
  return expected == Offered::trusted ||
         (expected == Offered::renewed && (by_rule || held != KeyState::none)) ||
         (expected == Offered::known && by_rule && held != KeyState::valid);
}

bool usable(const CertificateFacts& facts, const mail::Address& owner, Timestamp now) {
  const std::string wanted = owner_key(owner);
  return std::any_of(facts.addresses.begin(), facts.addresses.end(),
                     [&](const mail::Address& address) { return owner_key(address) == wanted; }) &&
         !facts.is_ca && facts.unfit.empty() && facts.from <= now && now < facts.until;
}

void log_offer(KeyKind kind, const mail::Address& owner, const OfferedKey& key, Offered offered) {
  const std::string why(why_dropped(offered));
  log::event(
      log::Level::info, "-", why.empty() ? "key_found" : "key_not_kept",
      {{"kind", std::string(to_string(kind))},
       {"owner", redact_address(owner.key())},
       {"source", key.source},
       {"fingerprint", key.fingerprint.str()},
       {why.empty() ? "trust" : "why", why.empty() ? std::string(to_string(offered)) : why}});
}

}  // namespace

KeySource* KeyIntake::store(KeyKind kind) const {
  return kind == KeyKind::pgp ? static_cast<KeySource*>(ports_.pgp) : ports_.smime;
}

Result<Offered> KeyIntake::offer_pgp(const mail::Address& owner, std::string_view source,
                                     std::string_view bytes, Timestamp now) {
  if (ports_.pgp == nullptr) {
    return fail(no_place("pgp"));
  }
  auto found = ports_.pgp->inspect(bytes, owner);
  if (!found) {
    return fail(found);
  }
  if (found->key.state != KeyState::valid) {
    return fail(permanent_fault("keys.unusable", "the key cannot be used")
                    .with("state", std::string(policy::to_string(found->key.state))));
  }
  OfferedKey key{.fingerprint = found->key.fingerprint,
                 .source = std::string(source),
                 .bytes = std::move(found->bytes)};
  return take(KeyKind::pgp, owner, std::move(key), now);
}

Result<Offered> KeyIntake::offer_certificate(const mail::Address& owner, std::string_view source,
                                             std::string_view bytes,
                                             std::optional<policy::CmsForm> form, Timestamp now) {
  if (ports_.smime == nullptr) {
    return fail(no_place("smime"));
  }
  const CertificateFile file =
      bytes.size() > limits::kKeyAnswer ? CertificateFile{} : read_certificate_file(bytes);
  X509* best = nullptr;  // the newest that can be used
  for (const Certificate& each : file.certificates) {
    const CertificateFacts facts = facts_of(each.get());
    const bool newer = best == nullptr || facts.from > facts_of(best).from;
    best = usable(facts, owner, now) && newer ? each.get() : best;
  }
  std::string pem = best == nullptr ? std::string() : pem_of(best);
  if (pem.empty() || pem.size() > limits::kKeyBytes) {
    return fail(permanent_fault("keys.unusable", "no certificate for the address can be used"));
  }
  OfferedKey key{.fingerprint = fingerprint_of(best),
                 .source = std::string(source),
                 .cms = form,
                 .bytes = std::move(pem)};
  return take(KeyKind::smime, owner, std::move(key), now);
}

// A rule says who is believed, not that a certificate is good: one that its chain or a revocation
// list speaks against, or that cannot be judged, takes no good one's place.
bool KeyIntake::may_be_used(KeyKind kind, const OfferedKey& key, Timestamp now) const {
  return kind == KeyKind::pgp || ports_.smime->judge(key.bytes, now) == KeyState::valid;
}

bool KeyIntake::is_worth_keeping(const KeyRecord& record, const mail::Address& owner,
                                 const OfferedKey& key, bool by_rule, Timestamp now) {
  const bool is_new = record.find(key.fingerprint) == nullptr;
  return !is_new || !comes_unasked(key.source) ||
         budget_.take(owner.domain(), by_rule, key.bytes.size(), now);
}

// What a rule trusts is put into its place first and written down second: a pin must never point to
// a key that is not there.
Result<Offered> KeyIntake::take(KeyKind kind, const mail::Address& owner, OfferedKey key,
                                Timestamp now) {
  const KeyState held = held_state(*store(kind), owner, key.fingerprint, now);
  key.held = held == KeyState::valid;
  auto record = ports_.book->read(kind, owner_key(owner));
  if (!record) {
    return fail(record);
  }
  bool by_rule = ports_.rules.trusts(key.source, owner) && may_be_used(kind, key, now);
  if (!is_worth_keeping(*record, owner, key, by_rule, now)) {
    log_offer(kind, owner, key, Offered::over_budget);
    return Offered::over_budget;
  }
  const Offered expected = offer(*record, key, by_rule, now);
  if (belongs_in_store(expected, held, by_rule)) {
    if (auto adopted = adopt(kind, owner_key(owner), *record->find(key.fingerprint), now);
        !adopted) {
      log::fault(log::Level::error, "-", adopted.error());
      by_rule = false;
    }
  }
  Offered offered = Offered::dropped;
  auto written = ports_.book->change(kind, owner_key(owner), [&](KeyRecord& changed) {
    offered = offer(changed, key, by_rule, now);
  });
  if (!written && written.error().id != "keys.full") {
    return fail(written);
  }
  offered = written ? offered : Offered::book_full;
  if (offered != Offered::known) {
    log_offer(kind, owner, key, offered);
  }
  return offered;
}

Status KeyIntake::adopt(KeyKind kind, const std::string& owner, const Candidate& candidate,
                        Timestamp now) {
  if (store(kind) == nullptr) {
    return fail(no_place(to_string(kind)));
  }
  if (kind == KeyKind::pgp) {
    auto imported = ports_.pgp->import(candidate.bytes);
    return imported ? Status() : Status(fail(imported));
  }
  if (auto waiting = let_others_wait(*ports_.book, owner, candidate, now); !waiting) {
    return waiting;
  }
  return store_certificate(ports_.certificates, candidate.fingerprint, candidate.bytes);
}

Status KeyIntake::tidy(Timestamp now) {
  const auto held = ports_.book->tidy(now - std::chrono::days(limits::kLearnedDays), now);
  if (!held) {
    return fail(held.error());
  }
  budget_.set_held(*held);
  return {};
}

Status let_others_wait(KeyBook& book, const std::string& owner, const Candidate& certificate,
                       Timestamp now) {
  for (const Certificate& each : read_certificate_file(certificate.bytes).certificates) {
    const auto addresses = addresses_of(each.get());
    if (addresses.size() > kMostAddresses) {
      return fail(permanent_fault("keys.addresses", "the certificate names too many addresses"));
    }
    for (const mail::Address& address : addresses) {
      if (owner_key(address) == owner) {
        continue;
      }
      bool waits = false;
      auto written = book.change(KeyKind::smime, owner_key(address), [&](KeyRecord& record) {
        waits = wait_beside(record,
                            {.fingerprint = certificate.fingerprint,
                             .source = certificate.source,
                             .bytes = certificate.bytes},
                            owner, now);
      });
      if (!written || !waits) {
        return written ? Status(fail(transient_fault(
                             "keys.full", "another address of the certificate has no room for it")))
                       : written;
      }
    }
  }
  return {};
}

Status store_certificate(const std::string& folder, const FingerprintId& fingerprint,
                         std::string_view bytes) {
  return write_file_durably(folder + "/" + fingerprint.str() + ".pem", bytes, 0644);
}

}  // namespace phimilter::protect
