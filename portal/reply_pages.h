// SPDX-License-Identifier: Apache-2.0
//
// Writing back from a message. Sent once, whatever is tapped twice or breaks in between, and on
// record before the recipient is told so.
//
//   GET  /m/<secret>/reply, /reply-all, /forward   the form
//   POST the same                                  multipart/form-data
#pragma once

#include <functional>

#include "delivery/smtp_client.h"
#include "portal/message_opener.h"
#include "portal/message_page.h"
#include "portal/reply_draft.h"
#include "portal/reply_mail.h"
#include "portal/reply_turns.h"

namespace phimilter::portal {

struct ReplyParts {  // borrowed; must outlive the Site
  ReplyStore& store;
  const Clock& clock;
  std::string portal_address;  // From
  std::size_t most_bytes = 0;  // of the files of one reply
  // Gives a mail to the filtered listener. Fault "smtp.in_doubt": perhaps it has it.
  std::function<Result<delivery::SmtpOutcome>(const delivery::Outgoing&)> submit;
};

class ReplyPages {
 public:
  ReplyPages(const SiteParts& parts, MessageOpener& opener);
  static bool knows(const EntryCall& call);
  Response get(EntryCall& call);
  Response post(EntryCall& call);    // session and form token are checked
  Response rescue(EntryCall& call);  // there is no session any more
  // What the message page says of replies.
  void put_into(MessagePage& page, const EntryCall& call, const PageFrame& frame,
                const OpenedMessage& message);

 private:
  bool possible(const EntryCall& call, ReplyKind kind) const;
  Response form(const EntryCall& call, const ReplyDraft& draft, const OpenedMessage& message);
  ReplyProblem check(const EntryCall& call, ReplyDraft& draft, const OpenedMessage& message) const;
  Response take(EntryCall& call, ReplyDraft& draft, const OpenedMessage& message);
  Response send_held(EntryCall& call, ReplyDraft& draft, const OpenedMessage& message);
  // `again`: an earlier try of the same form is in doubt.
  Response send_now(EntryCall& call, ReplyDraft& draft, const OpenedMessage& message, bool again);
  ReplyProblem not_now(const EntryCall& call, const ReplyDraft& draft,
                       ReplyTurns::Standing standing) const;
  Result<ReplyMail> mail_of(const EntryCall& call, const ReplyDraft& draft,
                            const OpenedMessage& message) const;
  // The addresses that it was refused for.
  Result<std::vector<std::string>> submit(const EntryCall& call, const ReplyDraft& draft,
                                          const ReplyMail& mail);
  // Only what the store says has left; recorded, then told.
  Response finish(EntryCall& call, SentReply reply);
  PageFrame frame(const EntryCall& call, ReplyKind kind) const;

  const SiteParts& parts_;
  MessageOpener& opener_;
  MemoryBudget memory_{512 * limits::kMiB};  // for replies that are being made just now
  ReplyTurns turns_{4};                      // of the server's 8 workers
};

}  // namespace phimilter::portal
