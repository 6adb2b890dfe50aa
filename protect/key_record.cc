// SPDX-License-Identifier: Apache-2.0
#include "protect/key_record.h"

#include <algorithm>
#include <array>

#include "protect/key_rules.h"

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
constexpr Names<Offered, 8> kOffered = {{{Offered::known, "known"},
                                         {Offered::renewed, "renewed"},
                                         {Offered::trusted, "trusted"},
                                         {Offered::pending, "pending"},
                                         {Offered::refused, "refused"},
                                         {Offered::dropped, "dropped"},
                                         {Offered::over_budget, "dropped"},
                                         {Offered::book_full, "dropped"}}};
constexpr Names<Offered, 3> kDropped = {
    {{Offered::dropped, "the address has as many keys as are kept; refuse one to make room"},
     {Offered::over_budget, "strangers' mail brought as many keys as are kept"},
     {Offered::book_full, "the key book has no room for another address"}}};

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

constexpr std::string_view kByUse = "use";
constexpr std::string_view kByRule = "rule ";

bool rule_may_pin(const KeyRecord& record, const std::string& rule) {
  return !record.pin || record.pin->by == rule;
}

// What goes first where there is no room: those that nobody decided about.
enum class Worth { nothing, trusted, waits, pinned, refused };

Worth worth(const KeyRecord& record, const Candidate& candidate) {
  if (is_pinned(record, candidate.fingerprint)) {
    return Worth::pinned;
  }
  if (candidate.trust == KeyTrust::pending) {
    return is_beside(candidate) ? Worth::waits : Worth::nothing;
  }
  return candidate.trust == KeyTrust::trusted ? Worth::trusted : Worth::refused;
}

std::size_t count_refused(const KeyRecord& record) {
  return static_cast<std::size_t>(
      std::count_if(record.candidates.begin(), record.candidates.end(),
                    [](const Candidate& each) { return each.trust == KeyTrust::refused; }));
}

bool has_place(const KeyRecord& record) {
  return record.candidates.size() - count_refused(record) < kMostCandidates;
}

// The one that goes first; only where there is one that is not refused.
template <typename Record>
auto least_worth(Record& record) {
  return std::min_element(record.candidates.begin(), record.candidates.end(),
                          [&](const auto& left, const auto& right) {
                            return std::pair(worth(record, left), left.last_seen) <
                                   std::pair(worth(record, right), right.last_seen);
                          });
}

// A place for one more: at the end, or where one stood that is worth at most `most`: of the least,
// the one that was not seen for the longest time. nullptr: there is none.
Candidate* new_place(KeyRecord& record, Candidate candidate, Worth most) {
  if (has_place(record)) {
    return &record.candidates.emplace_back(std::move(candidate));
  }
  const auto least = least_worth(record);
  if (worth(record, *least) > most) {
    return nullptr;
  }
  *least = std::move(candidate);
  return &*least;
}

Candidate candidate_of(const OfferedKey& key, Timestamp now) {
  return {.fingerprint = key.fingerprint,
          .source = key.source,
          .decided_by = {},
          .first_seen = now,
          .last_seen = now,
          .cms = key.cms,
          .bytes = key.bytes};
}

// There are more places than pins, so a person always gets one.
Candidate& place_to_trust(KeyRecord& record, const OfferedKey& key, Timestamp now) {
  Candidate* known = record.find(key.fingerprint);
  if (known != nullptr && known->trust != KeyTrust::refused) {
    return *known;
  }
  Candidate candidate = known != nullptr ? *known : candidate_of(key, now);
  forget_refusal(record, key.fingerprint);
  return *new_place(record, std::move(candidate), Worth::waits);
}

// `newest` stays, whatever the clock said before.
void forget_oldest_refusals(KeyRecord& record, const FingerprintId& newest) {
  while (count_refused(record) > kMostRefusals) {
    const auto rank = [&](const Candidate& each) {
      const bool stays = each.trust != KeyTrust::refused || each.fingerprint == newest;
      return std::pair(stays, each.decided);
    };
    record.candidates.erase(std::min_element(
        record.candidates.begin(), record.candidates.end(),
        [&](const auto& left, const auto& right) { return rank(left) < rank(right); }));
  }
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

bool waits_beside(const KeyRecord& record, const KeyFact& fact) {
  const Candidate* known = fact.fingerprint ? record.find(*fact.fingerprint) : nullptr;
  return known != nullptr && is_beside(*known);
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
std::string_view why_dropped(Offered offered) {
  const auto* const found = std::find_if(kDropped.begin(), kDropped.end(),
                                         [&](const auto& each) { return each.first == offered; });
  return found == kDropped.end() ? std::string_view() : found->second;
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
    const bool asked_for = by_rule || !comes_unasked(key.source);
    known = new_place(record, candidate_of(key, now), asked_for ? Worth::trusted : Worth::nothing);
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
  if (key.held && !record.pin && !is_beside(*known)) {
    decide(*known, KeyTrust::trusted, "store", now);
    return Offered::known;
  }
  const std::string rule = std::string(kByRule) + key.source;
  if (!by_rule || !rule_may_pin(record, rule)) {
    return Offered::pending;
  }
  decide(*known, KeyTrust::trusted, rule, now);
  known->source = key.source;
  record.pin = Pin{key.fingerprint, rule, now};
  return Offered::trusted;
}

void trust(KeyRecord& record, OfferedKey key, const std::string& person, Timestamp now) {
  decide(place_to_trust(record, key, now), KeyTrust::trusted, "person " + person, now);
  record.pin = Pin{std::move(key.fingerprint), "person " + person, now};
}

void refuse(KeyRecord& record, OfferedKey key, const std::string& person, Timestamp now) {
  Candidate* known = record.find(key.fingerprint);
  if (known == nullptr) {
    known = &record.candidates.emplace_back(candidate_of(key, now));
  }
  if (!key.bytes.empty()) {
    known->bytes = std::move(key.bytes);
  }
  decide(*known, KeyTrust::refused, "person " + person, now);
  forget_oldest_refusals(record, key.fingerprint);
  if (is_pinned(record, key.fingerprint)) {
    record.pin.reset();
  }
}

void forget_refusal(KeyRecord& record, const FingerprintId& fingerprint) {
  std::erase_if(record.candidates, [&](const Candidate& each) {
    return each.fingerprint == fingerprint && each.trust == KeyTrust::refused;
  });
}

void forget(KeyRecord& record, const FingerprintId& fingerprint) {
  std::erase_if(record.candidates,
                [&](const Candidate& each) { return each.fingerprint == fingerprint; });
  if (is_pinned(record, fingerprint)) {
    record.pin.reset();
  }
}

bool wait_beside(KeyRecord& record, OfferedKey key, const std::string& taken_for, Timestamp now) {
  if (is_pinned(record, key.fingerprint)) {
    return true;
  }
  Candidate* known = record.find(key.fingerprint);
  if (known == nullptr) {
    known = new_place(record, candidate_of(key, now), Worth::trusted);
  }
  if (known != nullptr && known->trust == KeyTrust::pending) {
    decide(*known, KeyTrust::pending, "beside " + taken_for, now);
  }
  return known != nullptr;
}

void note_use(KeyRecord& record, const FingerprintId& fingerprint, Timestamp now) {
  if (!record.pin) {
    record.pin = Pin{fingerprint, std::string(kByUse), now};
  } else if (is_pinned(record, fingerprint) && record.pin->by.starts_with(kByRule)) {
    record.pin->by = kByUse;
  }
}

void merge(KeyRecord& record, const KeyRecord& other) {
  for (const Candidate& each : other.candidates) {
    Candidate* known = record.find(each.fingerprint);
    if (each.trust == KeyTrust::refused) {
      known = known == nullptr ? &record.candidates.emplace_back(each) : known;
      decide(*known, KeyTrust::refused, each.decided_by, each.decided);
      forget_oldest_refusals(record, each.fingerprint);
    } else if (known == nullptr) {
      new_place(record, each, worth(other, each));
    }
  }
  for (const auto& pin : {record.pin, other.pin}) {
    if (record.pin && is_refused(record, record.pin->fingerprint)) {
      record.pin.reset();
    }
    record.pin = record.pin ? record.pin : pin;
  }
}

bool is_beside(const Candidate& candidate) {
  return candidate.trust == KeyTrust::pending && !candidate.decided_by.empty();
}

bool is_full(const KeyRecord& record) {
  return !has_place(record) && worth(record, *least_worth(record)) != Worth::nothing;
}

bool is_unasked(const KeyRecord& record, const Candidate& candidate) {
  return worth(record, candidate) == Worth::nothing && comes_unasked(candidate.source);
}

void forget_unasked(KeyRecord& record, Timestamp before) {
  std::erase_if(record.candidates, [&](const Candidate& each) {
    return is_unasked(record, each) && each.last_seen < before;
  });
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
    if (fact.state == KeyState::valid && (pinned || (!record.pin && !waits_beside(record, fact)))) {
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
  const Candidate* waits = nullptr;  // one that somebody was asked for, else the first
  for (const Candidate& each : record.candidates) {
    const bool comes_first =
        waits == nullptr || (comes_unasked(waits->source) && !comes_unasked(each.source));
    if (each.trust == KeyTrust::pending && !is_pinned(record, each.fingerprint) && comes_first) {
      waits = &each;
    }
  }
  if (waits != nullptr) {
    return pending(record, waits->fingerprint, waits->source);
  }
  return best == nullptr ? KeyFact{} : named(record, *best);
}

}  // namespace phimilter::protect
