// SPDX-License-Identifier: Apache-2.0
#include "milter/batch_teller.h"

#include "base/log.h"
#include "delivery/batch_summary.h"

namespace phimilter::milter {

namespace {

constexpr auto kLook = std::chrono::seconds(1);
constexpr auto kAfterFailure = std::chrono::seconds(60);
constexpr auto kForget = std::chrono::hours(1);

Status send_summary(delivery::CopySender& sender, const delivery::BatchSummary& summary,
                    Timestamp now) {
  if (summary.sender == "-") {
    return {};
  }
  const delivery::BatchMail mail = delivery::batch_mail(summary, now);
  const std::string helo = summary.mta_name == "-" ? "localhost" : summary.mta_name;
  auto reply = delivery::send_notice(sender, helo, mail.outgoing());
  if (!reply) {
    return fail(reply);
  }
  if (reply->code / 100 == 5) {
    log::event(log::Level::warning, "-", "batch_summary_refused",
               {{"batch", summary.id}, {"code", std::to_string(reply->code)}});
  }
  return {};
}

}  // namespace

void tell_due(delivery::BatchBook& book, delivery::CopySender& sender, const Clock& clock) {
  for (const delivery::BatchSummary& summary : book.due()) {
    auto told = send_summary(sender, summary, clock.now());
    if (told) {
      told = book.told(summary);
    }
    if (!told) {
      log::fault(log::Level::warning, "-", told.error());
      book.put_off(summary, kAfterFailure);
      continue;
    }
    log::event(log::Level::info, "-", "batch_told",
               {{"batch", summary.id}, {"to", redact_address(summary.sender)}});
  }
}

BatchTeller::BatchTeller(delivery::BatchBook& book, delivery::CopySender& sender,
                         const Clock& clock)
    : book_(book), sender_(sender), clock_(clock), thread_([this] { run(); }) {}

BatchTeller::~BatchTeller() {
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
  ending_.notify_all();
  thread_.join();
}

void BatchTeller::run() {
  auto forget = std::chrono::steady_clock::now();
  std::unique_lock lock(mutex_);
  while (!ended_) {
    lock.unlock();
    tell_due(book_, sender_, clock_);
    if (std::chrono::steady_clock::now() >= forget) {
      book_.forget_old();
      forget += kForget;
    }
    lock.lock();
    ending_.wait_for(lock, kLook, [this] { return ended_; });
  }
}

}  // namespace phimilter::milter
