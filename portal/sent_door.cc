// SPDX-License-Identifier: Apache-2.0
#include "portal/sent_door.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>

#include "base/limits.h"
#include "base/log.h"
#include "escrow/entry.h"
#include "mail/address.h"

namespace phimilter::portal {
namespace {

constexpr std::chrono::hours kHour(1);
constexpr std::size_t kMailsWaiting = 200;
constexpr int kDoublings = 6;  // of the first lock of a quarter of an hour: 16 hours

std::string random_digits() {
  // Rejection keeps every code equally likely.
  std::uint32_t number = 0;
  do {
    std::array<std::uint8_t, 4> bytes{};
    fill_random(bytes);
    number = (static_cast<std::uint32_t>(bytes[0]) << 24) |
             (static_cast<std::uint32_t>(bytes[1]) << 16) |
             (static_cast<std::uint32_t>(bytes[2]) << 8) | bytes[3];
  } while (number >= 4'200'000'000U);
  const std::string digits = std::to_string(number % 100'000'000U);
  return std::string(8 - digits.size(), '0') + digits;
}

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

std::string network_of(const std::string& peer) {
  std::array<std::uint8_t, 16> bytes{};
  if (inet_pton(AF_INET, peer.c_str(), bytes.data()) == 1) {
    return hex(ByteView(bytes).first(3));
  }
  if (inet_pton(AF_INET6, peer.c_str(), bytes.data()) == 1) {
    return hex(ByteView(bytes).first(7));
  }
  return peer;
}

SentDoor::SentDoor(const Clock& clock, std::vector<std::string> own_domains,
                   std::function<Status(const SentCode&)> mail)
    : clock_(clock),
      own_domains_(std::move(own_domains)),
      mail_(std::move(mail)),
      thread_([this] { run(); }) {}

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
  const std::string domain =
      at == std::string_view::npos ? std::string() : ascii_lower(address.substr(at + 1));
  return std::any_of(own_domains_.begin(), own_domains_.end(), [&](const std::string& own) {
    const std::string name = ascii_lower(own);
    return name.starts_with('.') ? domain.ends_with(name) : domain == name;
  });
}

bool SentDoor::network_may(const std::string& peer) {
  const Timestamp now = clock_.now();
  auto& [since, count] = networks_[network_of(peer)];
  if (now - since >= kHour) {
    since = now;
    count = 0;
  }
  return ++count <= kOfNetworkAnHour;
}

void SentDoor::forget_old() {
  const Timestamp now = clock_.now();
  std::erase_if(waiting_, [now](const auto& each) {
    const Waiting& one = each.second;
    return (one.sent.empty() || now - one.sent.back() >= kHour) && now >= one.locked_until &&
           now >= one.expires;
  });
  std::erase_if(networks_, [now](const auto& each) { return now - each.second.first >= kHour; });
  std::erase_if(sessions_, [now](const auto& each) {
    return now - each.second.used >= std::chrono::seconds(limits::kSessionIdleS) ||
           now - each.second.begun >= std::chrono::seconds(limits::kSessionS);
  });
}

SentDoor::Asked SentDoor::ask(std::string_view address, const std::string& language,
                              const std::string& peer) {
  const std::lock_guard lock(mutex_);
  forget_old();
  const std::string key = key_of(address);
  const Timestamp now = clock_.now();
  const bool full = waiting_.size() >= kRemembered || networks_.size() >= kRemembered;
  if (full || !network_may(peer)) {
    return {true, {}};
  }
  if (key.empty()) {
    return {false, random_reference()};
  }
  // Counted for every address, whose it may be, so that the answer is the same for all.
  Waiting& one = waiting_[key];
  std::erase_if(one.sent, [now](Timestamp at) { return now - at >= kHour; });
  if (one.sent.size() >= kCodesAnHour || now < one.locked_until) {
    return {true, {}};
  }
  one.sent.push_back(now);
  one.code = random_digits();
  one.reference = random_reference();
  one.expires = now + std::chrono::seconds(limits::kCodeS);
  one.tries = 0;
  if (is_own(key) && to_mail_.size() < kMailsWaiting) {
    to_mail_.push_back({key, one.code, one.reference, language});
    wake_.notify_all();
  }
  return {false, one.reference};
}

SentDoor::Tried SentDoor::answer(std::string_view address, std::string_view code,
                                 const std::string& peer) {
  const std::lock_guard lock(mutex_);
  forget_old();
  if (!network_may(peer)) {
    return Tried::locked;
  }
  const auto found = waiting_.find(key_of(address));
  if (found == waiting_.end()) {
    return Tried::wrong;
  }
  Waiting& one = found->second;
  const Timestamp now = clock_.now();
  if (now < one.locked_until) {
    return Tried::locked;
  }
  if (one.code.empty() || now >= one.expires) {
    return Tried::wrong;
  }
  ++one.tries;
  if (constant_time_equal(std::string_view(one.code), std::string_view(digits_of(code))) &&
      is_own(found->first)) {
    waiting_.erase(found);
    return Tried::right;
  }
  if (one.tries >= kTries) {
    one.code.clear();
    one.locked_until =
        now + std::chrono::seconds(limits::kProofLockS) * (1 << std::min(one.locks, kDoublings));
    ++one.locks;
    return Tried::locked;
  }
  return Tried::wrong;
}

std::string SentDoor::begin(const std::string& address) {
  const std::lock_guard lock(mutex_);
  forget_old();
  if (sessions_.size() >= kRemembered) {
    sessions_.erase(std::min_element(
        sessions_.begin(), sessions_.end(),
        [](const auto& one, const auto& other) { return one.second.used < other.second.used; }));
  }
  std::string cookie = base64url(random_secret(32).span());
  const Timestamp now = clock_.now();
  sessions_.emplace(sha256(cookie),
                    SentSession{key_of(address), base64url(random_secret(24).span()), now, now});
  return cookie;
}

std::optional<SentSession> SentDoor::find(std::string_view cookie) {
  const std::lock_guard lock(mutex_);
  forget_old();
  const auto found = sessions_.find(sha256(cookie));
  if (cookie.empty() || found == sessions_.end()) {
    return std::nullopt;
  }
  found->second.used = clock_.now();
  return found->second;
}

void SentDoor::end(std::string_view cookie) {
  const std::lock_guard lock(mutex_);
  sessions_.erase(sha256(cookie));
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
    const Status mailed = mail_(code);
    if (!mailed) {
      log::fault(log::Level::error, "-", mailed.error());
    }
    lock.lock();
    mailing_ = false;
    idle_.notify_all();
  }
}

}  // namespace phimilter::portal
