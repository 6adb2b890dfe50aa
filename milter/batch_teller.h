// SPDX-License-Identifier: Apache-2.0
//
// Tells senders what became of their batches, in a thread of its own: once for each time that a
// batch comes to rest, also when the filter was stopped meanwhile.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "delivery/batch_book.h"
#include "delivery/reentry.h"

namespace phimilter::milter {

// Sends what is due and notes it. A summary that cannot leave now is due again; one that is refused
// for good is noted as told, and the log says so.
void tell_due(delivery::BatchBook& book, delivery::CopySender& sender, const Clock& clock);

class BatchTeller {
 public:
  // Borrowed; all must outlive it.
  BatchTeller(delivery::BatchBook& book, delivery::CopySender& sender, const Clock& clock);
  ~BatchTeller();
  BatchTeller(const BatchTeller&) = delete;
  BatchTeller& operator=(const BatchTeller&) = delete;

 private:
  void run();

  delivery::BatchBook& book_;
  delivery::CopySender& sender_;
  const Clock& clock_;
  std::mutex mutex_;
  std::condition_variable ending_;
  bool ended_ = false;
  std::thread thread_;
};

}  // namespace phimilter::milter
