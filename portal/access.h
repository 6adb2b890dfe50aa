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
#include "escrow/attached.h"
#include "escrow/proof.h"
#include "escrow/recipients.h"
#include "escrow/vault.h"
#include "portal/guess_limits.h"
#include "portal/proof_plan.h"
#include "portal/slow_hash.h"
#include "portal/state_store.h"

namespace phimilter::portal {

enum class Standing {
  unknown,  // no such entry, or deleted long ago: looks the same
  expired,
  retracted,
  locked,  // too many wrong answers just now
  open,
};

struct Visit {
  Standing standing = Standing::unknown;
  std::optional<escrow::EntryFacts> facts;  // when locked or open
  ProofKind kind = ProofKind::code;         // the next proof
  int step = 1, steps = 1;
  bool given = false;  // nothing is missing: open() will do
  std::string question;
  bool code_waits = false;    // a mailed code can be typed in
  std::int64_t locked_s = 0;  // how much longer
  std::size_t sealed_bytes = 0;
};

enum class Verdict {
  right,
  one_more,  // the first of two proofs is right
  wrong,
  locked,
  gone,
  no_code,
};

struct Answered {
  Verdict verdict = Verdict::gone;
  int tries_left = 0;
  std::int64_t locked_s = 0;         // how much longer
  ProofKind kind = ProofKind::code;  // that was answered
  std::string address{};             // whose mailbox the proof was about
};

enum class CodeRequest { sent, too_many, locked, gone, not_needed };

struct CodeWish {
  std::string language;
  std::string peer;
  // Another address than the recipient's. Unless the clinic has attached it nothing is mailed, and
  // nobody can tell by the reply.
  std::string other_address{};
};

// Borrowed; all must outlive Access. `recipients` may be null: nothing on file for anybody.
struct AccessParts {
  escrow::VaultReader& vault;
  escrow::RecipientStore* recipients;
  StateStore& states;
  audit::Journal& journal;
  SlowHash& slow_hash;
  GuessLimits& guesses;
  const Clock& clock;
  // Mails the code to the recipient that the facts name; a fault means that it did not leave.
  std::function<Status(const escrow::EntryFacts&, const std::string& code,
                       const std::string& language)>
      mail_code;
  // The same, later and in the background.
  std::function<void(const escrow::EntryFacts&, const std::string& code,
                     const std::string& language)>
      mail_code_later;
  const escrow::AttachedAddresses* attached = nullptr;
  ProofRules rules{};
};

class Access {
 public:
  explicit Access(AccessParts parts) : parts_(std::move(parts)) {}

  Result<Visit> look(const EscrowId& id, const Given& given = {});
  // `peer` goes into the journal. Right: *verified* and *shown* are recorded.
  Result<Answered> answer(const EscrowId& id, std::string_view answer, const std::string& peer,
                          const Given& given = {});
  // For whom nothing is missing (Visit::given). Right, locked or gone; wrong: something is missing.
  Result<Answered> open(const EscrowId& id, const std::string& peer, const Given& given);
  Result<CodeRequest> send_code(const EscrowId& id, const CodeWish& wish, const Given& given = {});
  // Moves the proof that came with the message from the vault into the state; nothing to move is
  // fine.
  Status take_in(const EscrowId& id);
  // A person unlocked the entry: its recipient's count begins anew, too. The caller sees to the
  // state.
  Status forget_guesses(const escrow::EntryFacts& facts);
  // While held, nobody else, on this host or another, answers for, takes in or ends this entry.
  // Transient fault: another one does, for longer than that takes.
  struct Held {
    std::unique_lock<std::mutex> here;
    std::unique_ptr<escrow::VaultClaim> everywhere;
  };
  [[nodiscard]] Result<Held> hold(const EscrowId& id);

 private:
  struct Challenge {
    ProofKind main = ProofKind::code;
    std::string question;
    std::string answer_hash;              // of what came with the message
    std::optional<Secret> stored_answer;  // of the recipient store, normalised
  };
  struct Attempt {  // what is known once the entry is held
    AccessState state;
    Visit visit;
    Challenge challenge;
  };
  Result<Attempt> begin(const EscrowId& id, const Given& given);
  Result<Challenge> challenge_of(const escrow::EntryFacts& facts, const AccessState& state);
  Result<Visit> look_at(const EscrowId& id, const AccessState& state);
  void plan(Visit& visit, ProofKind main, const Given& given) const;
  Status take_in_held(const EscrowId& id, AccessState& state);
  Result<bool> check(const Attempt& attempt, std::string_view answer);
  // 0: counted; else locked for so many seconds.
  Result<std::int64_t> count_try(const EscrowId& id, Attempt& attempt, const std::string& peer);
  Status count_link(const EscrowId& id, AccessState& state, std::int64_t& locked_s);
  Status take_back(const Attempt& attempt, const std::string& peer);
  Status uncount(Attempt& attempt, const std::string& peer);
  Result<Answered> refused(const Attempt& attempt, const std::string& peer);
  Result<Answered> first_given(Attempt& attempt, const std::string& peer);
  Result<Answered> verified(Attempt& attempt, const std::string& peer, bool counted);
  Result<bool> may_have_code(const Attempt& attempt, const std::string& other_address) const;
  Status mail(const Attempt& attempt, const std::string& code, const CodeWish& wish, bool may_have);

  AccessParts parts_;
  std::array<std::mutex, 64> held_;
};

}  // namespace phimilter::portal
