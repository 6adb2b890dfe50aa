// SPDX-License-Identifier: Apache-2.0
//
// Everything below /m/<secret>: proof first (proof_pages.h), then the message (reading_pages.h)
// and what is written back (reply_pages.h).
#pragma once

#include "portal/account_pages.h"
#include "portal/entry_call.h"
#include "portal/proof_pages.h"
#include "portal/reading_pages.h"
#include "portal/reply_pages.h"
#include "portal/visit_reply.h"

namespace phimilter::portal {

class EntryPages {
 public:
  explicit EntryPages(const SiteParts& parts)
      : parts_(parts),
        proof_(parts),
        opener_(parts),
        replies_(parts, opener_),
        reading_(parts, opener_, replies_),
        account_(parts) {}
  // `rest`: the path behind "/a/": an entry that the account may read, by its id.
  Response handle_for_account(const Request& request, std::string_view rest);
  // `rest`: the path behind "/m/".
  Response handle(const Request& request, std::string_view rest);

 private:
  Response serve(const Request& request, const EscrowId& id, const std::string& link_path,
                 std::string_view what);
  Status look_again(EntryCall& call);
  Response get(EntryCall& call);
  Response post(EntryCall& call);
  Response session_over(EntryCall& call);

  const SiteParts& parts_;
  ProofPages proof_;
  MessageOpener opener_;
  ReplyPages replies_;
  ReadingPages reading_;
  AccountPages account_;
};

}  // namespace phimilter::portal
