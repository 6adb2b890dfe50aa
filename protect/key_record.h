// SPDX-License-Identifier: Apache-2.0
//
// What is known about one owner's keys of one kind: where each came from, who trusts it, and which
// one was used last (the pin). Pure: values in, values out.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "base/result.h"
#include "mail/address.h"
#include "policy/recipient_facts.h"

namespace phimilter::protect {

enum class KeyKind { pgp, smime };
std::string_view to_string(KeyKind kind);
std::optional<KeyKind> key_kind_from(std::string_view name);

enum class KeyTrust { pending, trusted, refused };
std::string_view to_string(KeyTrust trust);
std::optional<KeyTrust> key_trust_from(std::string_view name);

struct Candidate {
  FingerprintId fingerprint;
  std::string source;  // "wkd", "ldap", "learned", "autocrypt", "import"
  KeyTrust trust = KeyTrust::pending;
  // "rule wkd", "person root"; empty: nobody has decided. "beside ADDRESS": it was taken for that
  // one, whose certificate names this owner too, and waits for somebody's word here.
  std::string decided_by;
  Timestamp decided{};
  Timestamp first_seen{}, last_seen{};
  std::optional<policy::CmsForm> cms;  // what the owner's software said that it reads
  std::string bytes;  // the key; empty where it is in the keyring or certificate folder alone
  bool operator==(const Candidate&) const = default;
};

// Once a key was used for an owner, no other one is used until somebody says so.
struct Pin {
  FingerprintId fingerprint;
  std::string by;  // "use", "rule wkd", "person root"
  Timestamp since{};
  bool operator==(const Pin&) const = default;
};

// Past so many that are not refused, the pending one that was not seen for the longest time makes
// room; for a key that somebody was asked for, or that a rule trusts, also one that was trusted and
// is not the pinned one; for a key that a person trusts any but the pinned one.
inline constexpr std::size_t kMostCandidates = 8;
// Refusals stand beside those and take nobody's place. Past so many, the oldest goes.
inline constexpr std::size_t kMostRefusals = 12;

struct KeyRecord {
  KeyKind kind = KeyKind::pgp;
  std::string owner;  // owner_key(): see a_labels.h
  std::optional<Pin> pin;
  std::vector<Candidate> candidates;
  bool operator==(const KeyRecord&) const = default;

  const Candidate* find(const FingerprintId& fingerprint) const;
  Candidate* find(const FingerprintId& fingerprint);
};

// What a source brought.
struct OfferedKey {
  FingerprintId fingerprint;
  std::string source;
  std::optional<policy::CmsForm> cms = {};  // takes the place of what was known before
  bool held = false;  // the keyring or certificate folder has it for this owner already
  std::string bytes;
};

enum class Offered {
  known,    // trusted before, nothing new
  renewed,  // trusted before, and its bytes are new: a longer validity, a new subkey
  trusted,  // from now on
  pending,
  refused,  // by a person, before
  // Not kept, there is no room:
  dropped,      // among the owner's keys
  over_budget,  // for more of what strangers send
  book_full,    // for another owner
};
std::string_view to_string(Offered offered);
// Why it is not kept; empty: it is.
std::string_view why_dropped(Offered offered);

// `by_rule`: the settings trust this source for this owner. A rule never takes the place of a key
// that a person trusts or that was used, nor of one that another source's rule trusts.
Offered offer(KeyRecord& record, OfferedKey key, bool by_rule, Timestamp now);
// By a person: the key is trusted and becomes the pin. What the record does not know yet, it knows
// from then on.
void trust(KeyRecord& record, OfferedKey key, const std::string& person, Timestamp now);
// By a person: the key is never used for this owner. A pin on it goes. Its bytes stay, so that it
// can be trusted again.
void refuse(KeyRecord& record, OfferedKey key, const std::string& person, Timestamp now);
// What was refused is as if it had never been seen.
void forget_refusal(KeyRecord& record, const FingerprintId& fingerprint);
// Refused certificates that have ended: nobody could use them any more.
void forget_lapsed(KeyRecord& record, Timestamp now);
// The key is as if it had never been seen, nor used.
void forget(KeyRecord& record, const FingerprintId& fingerprint);
// The key comes into the store for `taken_for`; for this owner it waits, unless it was decided
// about before. false: there is no room to say so.
bool wait_beside(KeyRecord& record, OfferedKey key, const std::string& taken_for, Timestamp now);
// A message was encrypted to the key. A pin that a rule made is one of use from then on.
void note_use(KeyRecord& record, const FingerprintId& fingerprint, Timestamp now);

// What was written down about the same owner under another spelling. A refusal in either holds.
void merge(KeyRecord& record, const KeyRecord& other);

bool is_beside(const Candidate& candidate);

// No key that strangers' mail brings is kept beside those that are there.
bool is_full(const KeyRecord& record);

// Anybody can write mail that brings a key: what was learned so and waits, nobody having decided.
bool is_unasked(const KeyRecord& record, const Candidate& candidate);
// Those that were not seen since `before` go.
void forget_unasked(KeyRecord& record, Timestamp before);

// The key to use out of those that the keyring or the certificate folder holds for the owner (best
// first). A valid key that is not the pinned one is pending, and so is one that waits in the
// record, or that is there for another address alone.
policy::KeyFact choose_key(const KeyRecord& record, const std::vector<policy::KeyFact>& held);

// As a file holds it; see docs/architecture.md. Permanent fault: not such a text.
std::string key_record_text(const KeyRecord& record);
Result<KeyRecord> parse_key_record(std::string_view text);

}  // namespace phimilter::protect
