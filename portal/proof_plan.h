// SPDX-License-Identifier: Apache-2.0
//
// Which proofs a message needs, in which order, and which is next. Values in, values out.
#pragma once

#include <optional>

namespace phimilter::portal {

enum class ProofKind {
  question,    // and answer, set by the sender or on file
  passphrase,  // that the sender gave to the recipient; nothing is asked but for it
  code,        // mailed
  account,     // sign in with an account of one's own
};

enum class TwoProofs { never, sensitive, always };

struct ProofRules {
  TwoProofs two_proofs = TwoProofs::never;
  bool account_for_question = false;
  bool codes = true;  // can be mailed
};

// What this browser has given already.
struct Given {
  std::optional<ProofKind> first;  // the first of two proofs
  bool account = false;            // signed in to an account that may read this recipient's mail
  bool second_factor = false;      // ... with a code of an authenticator
};

struct ProofPlan {
  ProofKind kind = ProofKind::code;  // the next
  int step = 1, steps = 1;
  bool given = false;  // nothing is missing
};

// `main`: question or passphrase where there is one, else code. Of two proofs the second is a code;
// where the first is one, or none can be mailed, it is an account with an authenticator: who has
// only the mailbox can have a code and a new passphrase of the account, and must not be let in by
// these two. An account stands for a code, and for a question only where the rules say so and no
// second proof is needed.
ProofPlan plan_proofs(ProofKind main, bool sensitive, const Given& given, const ProofRules& rules);

}  // namespace phimilter::portal
