// SPDX-License-Identifier: Apache-2.0
//
// A batch: many messages of one run, which may be run again and then make no second message. This
// is how a message says to which one it belongs, and what makes two of its messages the same item.
//
//   X-Phi-Batch: id=2026-11-22-labs; item=4711; end=yes
#pragma once

#include <string>
#include <string_view>

#include "base/ids.h"
#include "mail/message.h"

namespace phimilter::delivery {

inline constexpr std::string_view kBatchField = "X-Phi-Batch";

struct BatchMark {
  std::string id;    // [A-Za-z0-9._-], 1 to 64
  std::string item;  // of the same form; empty: the content is the item
  bool end = false;  // nothing more comes
};

// `value` unfolded. Permanent fault "batch.header": says what is wrong, in words of ours.
Result<BatchMark> parse_batch_mark(std::string_view value);

// SHA-256 over what a person reads: From, Reply-To, To, Cc, Subject, Content-* and the body, with
// the multipart boundaries left out, which a program makes anew each time, as it does Date and
// Message-ID. Transient fault: the body cannot be read.
Result<DigestId> content_digest(const mail::CapturedMessage& message);

// The digest under which the ledger knows a message of a batch: the same for every run.
DigestId batch_submission(const mail::Envelope& envelope, const BatchMark& mark,
                          const DigestId& content);

}  // namespace phimilter::delivery
