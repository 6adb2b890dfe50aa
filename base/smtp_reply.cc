// SPDX-License-Identifier: Apache-2.0
#include "base/smtp_reply.h"

#include <array>

namespace phimilter {
namespace {

constexpr std::array kReplies{
    SmtpReply{Reply::try_later, 451, "4.3.0",
              "Message protection is not available now, try again later"},
    SmtpReply{Reply::try_later_busy, 451, "4.3.2", "Message protection is busy, try again later"},
    SmtpReply{Reply::try_later_storage, 452, "4.3.1",
              "Message protection has no storage now, try again later"},
    SmtpReply{Reply::misconfigured, 451, "4.3.5",
              "Message protection needs its administrator, try again later"},
    SmtpReply{Reply::undecided, 451, "4.7.1",
              "No way to protect this message for a recipient, try again later"},
    SmtpReply{Reply::rejected_by_policy, 550, "5.7.1",
              "Refused by the organisation's policy for protected mail"},
    SmtpReply{Reply::bad_proof_header, 550, "5.7.1",
              "A proof header of this message cannot be read"},
    SmtpReply{Reply::bad_batch_header, 550, "5.7.1",
              "The batch header of this message cannot be read"},
    SmtpReply{Reply::batch_item_differs, 554, "5.6.0",
              "This item of the batch was sent before with another content: nothing is sent, give "
              "it another item name"},
    SmtpReply{Reply::batch_full, 554, "5.5.0",
              "This batch has more items than can be remembered: nothing is sent, begin another"},
    SmtpReply{Reply::too_large, 552, "5.3.4", "Message is larger than can be protected"},
    SmtpReply{Reply::too_many_recipients, 552, "5.5.3",
              "Too many recipients for one message, send it to fewer at a time"},
    SmtpReply{Reply::release_ready, 550, "5.7.0", "Held messages can be released here"},
    SmtpReply{Reply::released_already, 550, "5.5.0", "This held message was released already"},
    SmtpReply{Reply::release_mismatch, 550, "5.7.7", "This release is not for this message"},
};

}  // namespace

const SmtpReply& smtp_reply(Reply reply) {
  for (const SmtpReply& row : kReplies) {
    if (row.id == reply) {
      return row;
    }
  }
  return kReplies.front();
}

std::span<const SmtpReply> all_smtp_replies() {
  return kReplies;
}

Reply reply_for(const Fault& fault) {
  switch (fault.kind) {
    case FaultKind::permanent:
      return Reply::rejected_by_policy;
    case FaultKind::configuration:
      return Reply::misconfigured;
    case FaultKind::bug:
      return Reply::try_later;
    case FaultKind::transient:
      break;
  }
  // "file.": base/files on behalf of a room, such as the vault's markers.
  const bool storage = fault.id.starts_with("escrow.") || fault.id.starts_with("audit.journal") ||
                       fault.id.starts_with("spool.") || fault.id.starts_with("file.");
  return storage ? Reply::try_later_storage : Reply::try_later;
}

}  // namespace phimilter
