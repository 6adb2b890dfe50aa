// SPDX-License-Identifier: Apache-2.0
//
// The closed table of replies that phimilter gives to an SMTP client through the MTA. No reply is
// ever made from message content, so none can carry PHI.
#pragma once

#include <span>
#include <string_view>

#include "base/result.h"

namespace phimilter {

enum class Reply {
  try_later,            // 451 4.3.0: something of ours failed
  try_later_busy,       // 451 4.3.2: more work than this machine can do now
  try_later_storage,    // 452 4.3.1: escrow, journal or spool cannot be written
  misconfigured,        // 451 4.3.5: the admin must act
  undecided,            // 451 4.7.1: the policy could not come to a decision
  rejected_by_policy,   // 550 5.7.1: a rule says reject
  bad_proof_header,     // 550 5.7.1: a proof header of a believed sender cannot be read
  bad_batch_header,     // 550 5.7.1: a batch header of a believed sender cannot be read
  batch_item_differs,   // 554 5.6.0: the item was sent before with another content
  batch_full,           // 554 5.5.0: the batch has more items than are remembered
  too_large,            // 552 5.3.4: over the size that can be protected
  too_many_recipients,  // 552 5.5.3: for more recipients than one message may have
  release_ready,        // 550 5.7.0: phictl asked whether this listener has the filter
  released_already,     // 550 5.5.0: phictl released the same held message a second time
  release_mismatch,     // 550 5.7.7: a release that was not made for this message
};

struct SmtpReply {
  Reply id;
  int code;                   // RFC 5321
  std::string_view enhanced;  // RFC 3463
  std::string_view text;      // one line, US-ASCII, without '%'
};

const SmtpReply& smtp_reply(Reply reply);
std::span<const SmtpReply> all_smtp_replies();
Reply reply_for(const Fault& fault);

}  // namespace phimilter
