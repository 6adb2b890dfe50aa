// SPDX-License-Identifier: Apache-2.0
//
// Everything below /m/<secret>: proof first (proof_pages.h), then the message (reading_pages.h).
#pragma once

#include "portal/entry_call.h"
#include "portal/proof_pages.h"
#include "portal/reading_pages.h"
#include "portal/visit_reply.h"

namespace phimilter::portal {

class EntryPages {
 public:
  explicit EntryPages(const SiteParts& parts) : parts_(parts), proof_(parts), reading_(parts) {}
  // `rest`: the path behind "/m/".
  Response handle(const Request& request, std::string_view rest);

 private:
  Response get(EntryCall& call);
  Response post(EntryCall& call);

  const SiteParts& parts_;
  ProofPages proof_;
  ReadingPages reading_;
};

}  // namespace phimilter::portal
