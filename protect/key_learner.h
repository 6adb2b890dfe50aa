// SPDX-License-Identifier: Apache-2.0
//
// Learns keys of those who write to the clinic, off the mail's way: one thread, one message after
// the other. What it learns goes through the intake.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "mail/message.h"
#include "protect/key_intake.h"

namespace phimilter::protect {

// Thread-safe.
class KeyLearner {
 public:
  KeyLearner(KeyIntake& intake, const Clock& clock);
  ~KeyLearner();  // what waits is forgotten
  KeyLearner(const KeyLearner&) = delete;
  KeyLearner& operator=(const KeyLearner&) = delete;

  // Never blocks for long and never fails: a message in which nothing can be learned is let go at
  // once, and one for which there is no room is dropped and counted. From addresses of
  // `own_domains` nothing is learned: they do not come from outside.
  void take(mail::CapturedMessage message, const std::vector<std::string>& own_domains);
  std::size_t dropped() const { return dropped_; }

 private:
  void work();
  void learn(const mail::CapturedMessage& message);
  void tidy();

  KeyIntake& intake_;
  const Clock& clock_;
  Timestamp tidied_{};  // by the thread alone
  std::atomic<std::size_t> dropped_{0};
  std::mutex mutex_;  // of all below
  std::condition_variable changed_;
  std::deque<mail::CapturedMessage> queue_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace phimilter::protect
