// SPDX-License-Identifier: Apache-2.0
#include "portal/sent_door.h"

#include <algorithm>

#include "base/encoding.h"
#include "base/log.h"
#include "escrow/entry.h"
#include "mail/address.h"
#include "portal/events.h"
#include "portal/mailed_code.h"

namespace phimilter::portal {
namespace {

constexpr std::size_t kMailsWaiting = 200;
const std::string kDesk = "sender ";  // keeps a sender's counts from a recipient's of one address

std::string random_reference() {
  const auto id = EscrowId::parse(hex(random_secret(16).span()));
  require(id.has_value(), "16 bytes in hex are an id");
  return escrow::reference_of(*id);
}

std::string key_of(std::string_view address) {
  const auto parsed = mail::Address::parse(std::string(trim(address)));
  return parsed ? ascii_lower(parsed->spelled()) : std::string();
}

std::string digits_of(std::string_view text) {
  std::string out;
  std::copy_if(text.begin(), text.end(), std::back_inserter(out),
               [](char c) { return c >= '0' && c <= '9'; });
  return out;
}

}  // namespace

SentDoor::SentDoor(SentDoorParts parts) : parts_(std::move(parts)), thread_([this] { run(); }) {}

SentDoor::~SentDoor() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

bool SentDoor::is_own(std::string_view address) const {
  const auto at = address.rfind('@');
  return at != std::string_view::npos &&
         mail::domain_listed(ascii_lower(address.substr(at + 1)), parts_.own_domains);
}

// By network and by `who`. False: too often.
Result<bool> SentDoor::is_counted(GuessScope scope, const std::string& who,
                                  const std::string& peer) {
  for (const auto& [counted, name] :
       {std::pair(GuessScope::network, parts_.guesses.network_of(peer)), std::pair(scope, who)}) {
    const auto locked = parts_.guesses.count(counted, name);
    if (!locked || *locked > 0) {
      return locked ? Result<bool>(false) : fail(locked.error());
    }
  }
  return true;
}

// Counted for every address, whose it may be, so that the answer is the same for all.
Result<SentDoor::Asked> SentDoor::ask(std::string_view address, const std::string& language,
                                      const std::string& peer) {
  const std::string key = key_of(address);
  const auto counted =
      is_counted(GuessScope::code_mails, kDesk + (key.empty() ? std::string(address) : key), peer);
  if (!counted) {
    return fail(counted.error());
  }
  if (!*counted) {
    return Asked{true, {}};
  }
  SentCode mail{key, random_code(), random_reference(), language};
  if (key.empty()) {
    return Asked{false, mail.reference};
  }
  const auto kept = parts_.codes.keep(key, mail.code);
  if (!kept || !*kept) {
    return kept ? Result<Asked>(Asked{true, {}}) : fail(kept.error());
  }
  const Asked asked{false, mail.reference};
  const std::lock_guard lock(mutex_);
  if (is_own(key) && to_mail_.size() < kMailsWaiting) {
    to_mail_.push_back(std::move(mail));
    wake_.notify_all();
  }
  return asked;
}

Result<SentDoor::Tried> SentDoor::answer(std::string_view address, std::string_view code,
                                         const std::string& peer) {
  const std::string key = key_of(address);
  const auto counted = is_counted(GuessScope::account, kDesk + key, peer);
  if (!counted || !*counted) {
    return counted ? Result<Tried>(Tried::locked) : fail(counted.error());
  }
  const auto taken = parts_.codes.take(key, digits_of(code));
  if (!taken) {
    return fail(taken.error());
  }
  const bool right = *taken && is_own(key);
  const std::string who = std::string("sender:") + (right ? key : std::string());
  if (Status recorded = record_sign_in(parts_.journal, who, peer, right); !recorded) {
    return fail(recorded);
  }
  if (!right) {
    return Tried::wrong;
  }
  // Neither this try nor the code that was asked for was a guess.
  const std::string network = parts_.guesses.network_of(peer);
  Status back = parts_.guesses.take_back(GuessScope::network, network);
  back = back ? parts_.guesses.take_back(GuessScope::network, network) : back;
  back = back ? parts_.guesses.forget(GuessScope::account, kDesk + key) : back;
  return back ? Result<Tried>(Tried::right) : fail(back);
}

Result<std::string> SentDoor::begin(const std::string& address, std::string_view old_cookie) {
  return parts_.sessions.begin(Subject::desk(key_of(address)), old_cookie);
}

std::optional<SentSession> SentDoor::find(std::string_view cookie) {
  const auto found = cookie.empty() ? std::nullopt : parts_.sessions.find_desk(cookie);
  return found ? std::optional(SentSession{found->first, found->second.form_token}) : std::nullopt;
}

Status SentDoor::end(std::string_view cookie) {
  const auto found = parts_.sessions.find_desk(cookie);
  if (!found) {
    return {};
  }
  const auto others = parts_.sessions.end(cookie, Subject::desk(found->first));
  return others ? Status() : fail(others.error());
}

void SentDoor::wait_until_mailed() {
  std::unique_lock lock(mutex_);
  idle_.wait(lock, [this] { return to_mail_.empty() && !mailing_; });
}

void SentDoor::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return stop_ || !to_mail_.empty(); });
    if (stop_) {
      return;
    }
    const SentCode code = std::move(to_mail_.front());
    to_mail_.pop_front();
    mailing_ = true;
    lock.unlock();
    const Status mailed = parts_.mail(code);
    if (!mailed) {
      log::fault(log::Level::error, "-", mailed.error());
    }
    lock.lock();
    mailing_ = false;
    idle_.notify_all();
  }
}

}  // namespace phimilter::portal
