// SPDX-License-Identifier: Apache-2.0
#include "protect/key_record.h"

#include <algorithm>
#include <array>

namespace phimilter::protect {
namespace {

using policy::KeyFact;
using policy::KeyState;

template <typename Value, std::size_t count>
using Names = std::array<std::pair<Value, std::string_view>, count>;

constexpr Names<KeyKind, 2> kKinds = {{{KeyKind::pgp, "pgp"}, {KeyKind::smime, "smime"}}};
constexpr Names<KeyTrust, 3> kTrusts = {{{KeyTrust::pending, "pending"},
                                         {KeyTrust::trusted, "trusted"},
                                         {KeyTrust::refused, "refused"}}};
constexpr Names<Offered, 6> kOffered = {{{Offered::known, "known"},
                                         {Offered::renewed, "renewed"},
                                         {Offered::trusted, "trusted"},
                                         {Offered::pending, "pending"},
                                         {Offered::refused, "refused"},
                                         {Offered::dropped, "dropped"}}};

template <typename Value, std::size_t count>
std::string_view name_of(const Names<Value, count>& names, Value value) {
  for (const auto& [each, name] : names) {
    if (each == value) {
      return name;
    }
  }
  return "?";
}

template <typename Value, std::size_t count>
std::optional<Value> value_of(const Names<Value, count>& names, std::string_view wanted) {
  for (const auto& [value, name] : names) {
    if (name == wanted) {
      return value;
    }
  }
  return std::nullopt;
}

bool is_pinned(const KeyRecord& record, const FingerprintId& fingerprint) {
  return record.pin && record.pin->fingerprint == fingerprint;
}

bool is_refused(const KeyRecord& record, const std::optional<FingerprintId>& fingerprint) {
  const Candidate* known = fingerprint ? record.find(*fingerprint) : nullptr;
  return known != nullptr && known->trust == KeyTrust::refused;
}

bool rule_may_pin(const KeyRecord& record, const std::string& rule) {
  return !record.pin || record.pin->by == rule;
}

// A place for one more: at the end, or where the pending one stood that was not seen for the
// longest time. nullptr: people have decided about all of them.
Candidate* new_place(KeyRecord& record, Candidate candidate) {
  if (record.candidates.size() < kMostCandidates) {
    return &record.candidates.emplace_back(std::move(candidate));
  }
  Candidate* oldest = nullptr;
  for (Candidate& each : record.candidates) {
    const bool may_go = each.trust == KeyTrust::pending && !is_pinned(record, each.fingerprint);
    if (may_go && (oldest == nullptr || each.last_seen < oldest->last_seen)) {
      oldest = &each;
    }
  }
  if (oldest != nullptr) {
    *oldest = std::move(candidate);
  }
  return oldest;
}

void decide(Candidate& candidate, KeyTrust trust, const std::string& by, Timestamp now) {
  candidate.trust = trust;
  candidate.decided_by = by;
  candidate.decided = now;
}

KeyFact named(const KeyRecord& record, KeyFact fact) {
  const Candidate* known = fact.fingerprint ? record.find(*fact.fingerprint) : nullptr;
  if (known != nullptr) {
    fact.source = known->source;
    fact.cms = known->cms.value_or(fact.cms);
  }
  return fact;
}

KeyFact pending(const KeyRecord& record, const FingerprintId& fingerprint,
                const std::string& source) {
  return named(record, {.state = KeyState::pending, .fingerprint = fingerprint, .source = source});
}

}  // namespace

std::string_view to_string(KeyKind kind) {
  return name_of(kKinds, kind);
}
std::optional<KeyKind> key_kind_from(std::string_view name) {
  return value_of(kKinds, name);
}
std::string_view to_string(KeyTrust trust) {
  return name_of(kTrusts, trust);
}
std::optional<KeyTrust> key_trust_from(std::string_view name) {
  return value_of(kTrusts, name);
}
std::string_view to_string(Offered offered) {
  return name_of(kOffered, offered);
}

const Candidate* KeyRecord::find(const FingerprintId& fingerprint) const {
  const auto found = std::find_if(candidates.begin(), candidates.end(), [&](const Candidate& each) {
    return each.fingerprint == fingerprint;
  });
  return found == candidates.end() ? nullptr : &*found;
}

Candidate* KeyRecord::find(const FingerprintId& fingerprint) {
  return const_cast<Candidate*>(std::as_const(*this).find(fingerprint));
}

Offered offer(KeyRecord& record, OfferedKey key, bool by_rule, Timestamp now) {
  Candidate* known = record.find(key.fingerprint);
  const bool is_new = known == nullptr;
  if (is_new) {
    known = new_place(record, {.fingerprint = key.fingerprint,
                               .source = key.source,
                               .decided_by = {},
                               .first_seen = now,
                               .cms = {},
                               .bytes = {}});
    if (known == nullptr) {
      return Offered::dropped;
    }
  }
  known->last_seen = now;
  if (known->trust == KeyTrust::refused) {
    return Offered::refused;
  }
  if (key.cms) {
    known->cms = key.cms;
  }
  const bool other_bytes = !is_new && known->bytes != key.bytes;
  known->bytes = std::move(key.bytes);
  if (known->trust == KeyTrust::trusted || is_pinned(record, key.fingerprint)) {
    return other_bytes ? Offered::renewed : Offered::known;
  }
  if (key.held && !record.pin) {
    decide(*known, KeyTrust::trusted, "store", now);
    return Offered::known;
  }
  const std::string rule = "rule " + key.source;
  if (!by_rule || !rule_may_pin(record, rule)) {
    return Offered::pending;
  }
  decide(*known, KeyTrust::trusted, rule, now);
  known->source = key.source;
  record.pin = Pin{key.fingerprint, rule, now};
  return Offered::trusted;
}

bool trust(KeyRecord& record, const FingerprintId& fingerprint, const std::string& person,
           Timestamp now) {
  Candidate* known = record.find(fingerprint);
  if (known == nullptr) {
    return false;
  }
  decide(*known, KeyTrust::trusted, "person " + person, now);
  record.pin = Pin{fingerprint, "person " + person, now};
  return true;
}

bool refuse(KeyRecord& record, const FingerprintId& fingerprint, const std::string& person,
            Timestamp now) {
  Candidate* known = record.find(fingerprint);
  if (known == nullptr) {
    return false;
  }
  decide(*known, KeyTrust::refused, "person " + person, now);
  if (is_pinned(record, fingerprint)) {
    record.pin.reset();
  }
  return true;
}

KeyFact choose_key(const KeyRecord& record, const std::vector<KeyFact>& held) {
  const KeyFact* other = nullptr;  // valid, and not the pinned one
  const KeyFact* best = nullptr;   // of those that are not valid: the pinned one, else the first
  for (const KeyFact& fact : held) {
    if (fact.state == KeyState::unknown) {
      return fact;
    }
    const bool pinned = fact.fingerprint && is_pinned(record, *fact.fingerprint);
    if (is_refused(record, fact.fingerprint)) {
      continue;
    }
    if (fact.state == KeyState::valid && (pinned || !record.pin)) {
      return named(record, fact);
    }
    if (fact.state == KeyState::valid) {
      other = other == nullptr ? &fact : other;
    } else if (best == nullptr || pinned) {
      best = &fact;
    }
  }
  if (other != nullptr) {
    return pending(record, *other->fingerprint, other->source);
  }
  for (const Candidate& each : record.candidates) {
    if (each.trust == KeyTrust::pending && !is_pinned(record, each.fingerprint)) {
      return pending(record, each.fingerprint, each.source);
    }
  }
  return best == nullptr ? KeyFact{} : named(record, *best);
}

}  // namespace phimilter::protect
