// SPDX-License-Identifier: Apache-2.0
#include "portal/mail_queue.h"

#include "base/log.h"

namespace phimilter::portal {

MailQueue::MailQueue() : thread_([this] { run(); }) {}

MailQueue::~MailQueue() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void MailQueue::add(std::function<Status()> send) {
  const std::lock_guard lock(mutex_);
  if (waiting_.size() >= kLongest) {
    log::event(log::Level::warning, "-", "portal.mail_dropped",
               {{"text", "too many mails wait to be sent"}});
    return;
  }
  waiting_.push_back(std::move(send));
  wake_.notify_all();
}

void MailQueue::wait_until_idle() {
  std::unique_lock lock(mutex_);
  idle_.wait(lock, [this] { return waiting_.empty() && !sending_; });
}

void MailQueue::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    if (stopping_) {
      return;
    }
    const auto send = std::move(waiting_.front());
    waiting_.pop_front();
    sending_ = true;
    lock.unlock();
    if (const Status sent = send(); !sent) {
      log::fault(log::Level::error, "-", sent.error());
    }
    lock.lock();
    sending_ = false;
    idle_.notify_all();
  }
}

}  // namespace phimilter::portal
