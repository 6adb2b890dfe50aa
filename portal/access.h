// SPDX-License-Identifier: Apache-2.0
//
// Who may read an entry. Every answer is counted on the disk before it is checked, and recorded in
// the journal before anybody is told; what cannot be counted or recorded opens nothing. Looking
// changes nothing.
#pragma once

#include <array>
#include <functional>
#include <mutex>
#include <optional>
#include <string>

#include "audit/journal.h"
#include "base/clock.h"
#include "escrow/proof.h"
#include "escrow/recipients.h"
#include "escrow/vault.h"
#include "portal/state_store.h"

namespace phimilter::portal {

enum class Standing {
  unknown,  // no such entry, or deleted long ago: looks the same
  expired,
  retracted,
  locked,  // too many wrong answers just now
  open,
};

enum class ProofKind { question, code };

struct Visit {
  Standing standing = Standing::unknown;
  std::optional<escrow::EntryFacts> facts;  // when locked or open
  ProofKind kind = ProofKind::code;
  std::string question;
  bool code_waits = false;    // a mailed code can be typed in
  std::int64_t locked_s = 0;  // how much longer
  std::size_t sealed_bytes = 0;
};

enum class Verdict { right, wrong, locked, gone, no_code };

struct Answered {
  Verdict verdict = Verdict::gone;
  int tries_left = 0;
  std::int64_t locked_s = 0;  // how much longer
};

enum class CodeRequest { sent, too_many, locked, gone, not_needed };

// Borrowed; all must outlive Access. `recipients` may be null: nothing on file for anybody.
struct AccessParts {
  escrow::VaultReader& vault;
  escrow::RecipientStore* recipients;
  StateStore& states;
  audit::Journal& journal;
  const Secret& pepper;
  const Clock& clock;
  // Mails the code; a fault means that it did not leave.
  std::function<Status(const escrow::EntryFacts&, const std::string& code,
                       const std::string& language)>
      mail_code;
};

class Access {
 public:
  explicit Access(AccessParts parts) : parts_(std::move(parts)) {}

  Result<Visit> look(const EscrowId& id);
  // `peer` goes into the journal. Right: *verified* and *shown* are recorded.
  Result<Answered> answer(const EscrowId& id, std::string_view given, const std::string& peer);
  Result<CodeRequest> send_code(const EscrowId& id, const std::string& language,
                                const std::string& peer);
  // Moves the proof that came with the message from the vault into the state; nothing to move is
  // fine.
  Status take_in(const EscrowId& id);
  // While held, nobody else answers for, takes in or ends this entry.
  [[nodiscard]] std::unique_lock<std::mutex> hold(const EscrowId& id);

 private:
  struct Challenge {
    ProofKind kind = ProofKind::code;
    std::string question;
    std::string answer_hash;              // of the question that came with the message
    std::optional<Secret> stored_answer;  // of the recipient store, normalised
  };
  Result<Challenge> challenge_of(const escrow::EntryFacts& facts, const AccessState& state);
  Result<Visit> look_at(const EscrowId& id, const AccessState& state);
  Status take_in_held(const EscrowId& id, AccessState& state);
  Result<bool> check(const Challenge& challenge, const AccessState& state, std::string_view given);
  Status count_try(const EscrowId& id, AccessState& state);
  Result<Answered> refused(const Visit& visit, const AccessState& state, const std::string& peer);
  Result<Answered> verified(const Visit& visit, AccessState& state, const std::string& peer);

  AccessParts parts_;
  std::array<std::mutex, 64> held_;
};

}  // namespace phimilter::portal
