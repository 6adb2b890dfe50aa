// SPDX-License-Identifier: Apache-2.0
//
// Where a recipient writes back, from values to markup.
#pragma once

#include <string>

#include "portal/page_frame.h"

namespace phimilter::portal {

enum class ReplyKind { reply, reply_all, forward };

enum class ReplyProblem {
  none,
  empty,
  too_long,        // the text
  too_large,       // the files, or too many of them
  not_sent,        // the MTA did not take it: the same form may be sent again
  in_doubt,        // perhaps it did
  under_way,       // another tap on the same form is sending it
  mail_too_large,  // for the MTA
  refused,         // for good
  address,         // to forward to
  too_many,        // replies to this message
};

struct ReplyPage {
  std::string link_path;
  ReplyKind kind = ReplyKind::reply;
  std::string form_token;
  std::string reply_token;  // the same each time the form is sent
  std::string to, subject;
  std::string text, forward_to;  // as typed before
  ReplyProblem problem = ReplyProblem::none;
  std::size_t most_bytes = 0;  // of the files
};

std::string_view path_of(ReplyKind kind);  // "reply", ...
std::string reply_page(const PageFrame& frame, const ReplyPage& page);
// The session ended while it was written: the text, to be copied.
std::string reply_rescue_page(const PageFrame& frame, const std::string& link_path,
                              const std::string& text);

}  // namespace phimilter::portal
