// SPDX-License-Identifier: Apache-2.0
#include "protect/key_learner.h"

#include <exception>

#include "base/limits.h"
#include "base/log.h"
#include "protect/autocrypt.h"
#include "protect/signed_mail.h"

namespace phimilter::protect {
namespace {

void log_offer(const std::string& queue_id, std::string_view source,
               const Result<Offered>& offered) {
  if (!offered) {
    const bool theirs = offered.error().kind == FaultKind::permanent;
    log::fault(theirs ? log::Level::debug : log::Level::warning, queue_id, offered.error());
    return;
  }
  log::event(log::Level::debug, queue_id, "key_learned",
             {{"source", std::string(source)}, {"trust", std::string(to_string(*offered))}});
}

}  // namespace

KeyLearner::KeyLearner(KeyIntake& intake, const Clock& clock)
    : intake_(intake), clock_(clock), thread_([this] { work(); }) {}

KeyLearner::~KeyLearner() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void KeyLearner::take(mail::CapturedMessage message, const std::vector<std::string>& own_domains) {
  const auto author = only_author(message.headers);
  const bool ours = !author || mail::domain_listed(author->domain(), own_domains);
  const bool telling =
      message.headers.first("Autocrypt") != nullptr || looks_signed(message.headers);
  if (ours || !telling) {
    return;
  }
  {
    const std::lock_guard lock(mutex_);
    if (queue_.size() >= limits::kLearnQueue || message.body.size() > limits::kLearnBytes) {
      ++dropped_;
      log::event(log::Level::warning, message.queue_id, "learning_dropped",
                 {{"dropped", std::to_string(dropped_)}});
      return;
    }
    queue_.push_back(std::move(message));
  }
  changed_.notify_all();
}

void KeyLearner::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    if (stopping_) {
      return;
    }
    const mail::CapturedMessage message = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    try {
      tidy();
      learn(message);
    } catch (const std::exception& error) {
      log::event(log::Level::error, message.queue_id, "learning_failed",
                 {{"type", typeid(error).name()}});
    }
    lock.lock();
  }
}

// Before the first message, and once a day from then on.
void KeyLearner::tidy() {
  const Timestamp now = clock_.now();
  if (tidied_ != Timestamp{} && now - tidied_ < std::chrono::days(1)) {
    return;
  }
  tidied_ = now;
  if (auto tidied = intake_.tidy(now); !tidied) {
    log::fault(log::Level::warning, "-", tidied.error());
  }
}

void KeyLearner::learn(const mail::CapturedMessage& message) {
  if (const auto key = autocrypt_key(message.headers)) {
    log_offer(message.queue_id, kAutocrypt,
              intake_.offer_pgp(key->owner, kAutocrypt, key->key, clock_.now()));
  }
  const auto body = message.body.view();
  if (!body) {
    log::fault(log::Level::warning, message.queue_id, body.error());
    return;
  }
  if (const auto learned = learn_from_signature(message.headers, *body)) {
    log_offer(message.queue_id, kLearned,
              intake_.offer_certificate(learned->owner, kLearned, learned->pem, learned->form,
                                        clock_.now()));
  }
}

}  // namespace phimilter::protect
