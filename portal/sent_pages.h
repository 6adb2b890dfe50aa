// SPDX-License-Identifier: Apache-2.0
//
// What a sender's browser asks of /sent, and what follows. A sender sees and changes the messages
// of their own address alone; any other id looks like none.
//
//   GET  /sent                       asks for the address, or goes on to the list
//   POST /sent/code                  mails a code
//   POST /sent/login                 the code; right: a session
//   GET  /sent/messages              the list; ?to= ?state= ?from=
//   GET  /sent/message/<id>          one message
//   POST /sent/message/<id>/<what>   retract, extend, resend, unlock
//   POST /sent/logout
#pragma once

#include <string_view>

#include "portal/message_desk.h"
#include "portal/sent_door.h"
#include "portal/sent_page.h"
#include "portal/visit_reply.h"

namespace phimilter::portal {

struct SentParts {  // borrowed; all must outlive the pages
  const SiteParts& site;
  MessageDesk& desk;
  SentDoor& door;
  const Clock& clock;
};

class SentPages {
 public:
  explicit SentPages(SentParts parts) : parts_(parts) {}
  Response handle(const Request& request, std::string_view rest);  // behind "/sent"; any thread

 private:
  Response get(const Request& request, std::string_view what);
  Response post(const Request& request, std::string_view what);
  Response sign_in(const Request& request, const SentSignIn& page, int status = 200);
  Response ask_code(const Request& request);
  Response try_code(const Request& request);
  Response failed(const Request& request, const Fault& fault) const;
  Response list(const Request& request, const SentSession& session);
  Response message(const Request& request, const SentSession& session, std::string_view id);
  Response act(const Request& request, const SentSession& session, std::string_view what);
  Status carry_out(const Request& request, const SentSession& session, const EscrowId& id,
                   std::string_view action);
  // Of this sender; nullopt also for what is another's.
  std::optional<delivery::MessageRow> own_row(const SentSession& session, std::string_view id);

  SentParts parts_;
};

}  // namespace phimilter::portal
