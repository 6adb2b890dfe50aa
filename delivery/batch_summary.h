// SPDX-License-Identifier: Apache-2.0
//
// The one mail that tells the sender what became of a batch. It holds numbers, and the names that
// the sender gave to items; nothing of any message.
#pragma once

#include <string>

#include "delivery/batch_book.h"
#include "delivery/smtp_client.h"

namespace phimilter::delivery {

struct BatchMail {
  mail::HeaderList headers;
  std::string body;
  std::string to;             // "<lab@clinic.example>"
  Outgoing outgoing() const;  // borrows from this
};

// `summary.sender` is an address. The same summary has the same Message-ID.
BatchMail batch_mail(const BatchSummary& summary, Timestamp now);

}  // namespace phimilter::delivery
