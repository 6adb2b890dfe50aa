// SPDX-License-Identifier: Apache-2.0
//
// Mail that nobody waits for at the page: sent one after the other by a thread of its own. What
// fails is in the log, and the visitor asks again.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

#include "base/result.h"

namespace phimilter::portal {

class MailQueue {
 public:
  static constexpr std::size_t kLongest = 200;  // past it: dropped, with a line in the log
  MailQueue();
  ~MailQueue();  // sends what it has begun, and drops the rest
  MailQueue(const MailQueue&) = delete;
  MailQueue& operator=(const MailQueue&) = delete;
  void add(std::function<Status()> send);  // any thread
  void wait_until_idle();

 private:
  void run();

  std::mutex mutex_;
  std::condition_variable wake_, idle_;
  std::deque<std::function<Status()>> waiting_;
  bool stopping_ = false, sending_ = false;
  std::thread thread_;
};

}  // namespace phimilter::portal
