// SPDX-License-Identifier: Apache-2.0
//
// A reply before it is a mail, as values: what was typed, whom it goes to, and what is told when it
// cannot go.
#pragma once

#include <string>
#include <vector>

#include "portal/http.h"
#include "portal/opened_message.h"
#include "portal/reply_page.h"
#include "portal/reply_store.h"

namespace phimilter::portal {

inline constexpr std::size_t kReplyRecipients = 100;  // RFC 5321 4.5.3.1.8; past it: no reply-all

struct ReplyDraft {
  ReplyKind kind = ReplyKind::reply;
  std::string token;
  std::string text, forward_to;
  std::vector<std::string> to;  // addresses, the one that must get it first
  ReplyProblem problem = ReplyProblem::none;
};

ReplyDraft draft_of(const Request& request, ReplyKind kind);  // without `to`
// Without what a mail program would trip over.
std::string typed_text(std::string_view text);
// The sender, and with reply-all the others who got it, each once, without who answers.
std::vector<std::string> recipients_of(const escrow::EntryFacts& facts, ReplyKind kind,
                                       const OpenedMessage& message, const std::string& portal);
std::string joined(const std::vector<std::string>& addresses);

std::size_t bytes_of(const std::vector<UploadedFile>& files);
std::vector<SentFile> sent_files(const std::vector<UploadedFile>& files);

// The same for the same form with the same content, so that a copy in doubt and its second can be
// told for one, and another where something was changed in between.
std::string message_id_of(const ReplyDraft& draft, const std::vector<UploadedFile>& files,
                          const EscrowId& id, const std::string& portal_address);

// Of a fault of sending.
ReplyProblem problem_of(const Fault& fault, ReplyKind kind);
int status_of(ReplyProblem problem);

}  // namespace phimilter::portal
