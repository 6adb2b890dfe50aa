// SPDX-License-Identifier: Apache-2.0
//
// From the link to the proof: the question or the code, the answer, the session.
//
//   GET  /m/<secret>         the question, or the offer of a code
//   POST /m/<secret>/code    mails a code
//   POST /m/<secret>/open    where the account that is signed in is proof enough
//   POST /m/<secret>/proof   an answer; right: a session, and 303 to the message
#pragma once

#include "portal/entry_call.h"
#include "portal/proof_page.h"
#include "portal/visit_reply.h"

namespace phimilter::portal {

class ProofPages {
 public:
  explicit ProofPages(const SiteParts& parts) : parts_(parts) {}
  Response form(EntryCall& call, Notice notice, int tries_left, int status);
  Response try_answer(EntryCall& call);
  Response ask_code(EntryCall& call);
  Response open(EntryCall& call);  // for whom an account is proof enough

 private:
  Response answered(EntryCall& call, const Answered& answered);
  Response let_in(EntryCall& call, const std::string& address);
  Response begin_session(EntryCall& call, const Subject& subject, const std::string& note,
                         const std::string& path);

  const SiteParts& parts_;
};

}  // namespace phimilter::portal
