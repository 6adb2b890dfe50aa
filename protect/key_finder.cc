// SPDX-License-Identifier: Apache-2.0
#include "protect/key_finder.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <typeinfo>

#include "base/limits.h"
#include "base/log.h"

namespace phimilter::protect {
namespace {

// How long an answer is remembered. A key that was found stands in the book by then.
constexpr std::chrono::hours kFoundHolds{1};
constexpr std::chrono::hours kNoneHolds{1};
constexpr std::chrono::minutes kUnknownHolds{1};

Timestamp holds_until(Heard heard, Timestamp now) {
  switch (heard) {
    case Heard::found:
      return now + kFoundHolds;
    case Heard::none:
      return now + kNoneHolds;
    case Heard::unknown:
    case Heard::not_asked:
      break;
  }
  return now + kUnknownHolds;
}

// Of several servers for one kind: a key counts most, then that one of them could not be asked.
Heard stronger(Heard a, Heard b) {
  return std::max(a, b);
}

std::string told(Offered offered) {
  const std::string_view why = why_dropped(offered);
  return std::string(to_string(offered)) + (why.empty() ? "" : ": ") + std::string(why);
}

}  // namespace

KeyFinder::KeyFinder(FinderOptions options, std::vector<std::unique_ptr<KeyServer>> servers,
                     KeyIntake& intake, const Clock& clock)
    : options_(options), servers_(std::move(servers)), intake_(intake), clock_(clock) {
  for (std::size_t i = 0; i < options_.threads && !servers_.empty(); ++i) {
    threads_.emplace_back([this] { work(); });
  }
}

KeyFinder::~KeyFinder() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  queued_.notify_all();
  answered_.notify_all();
  for (std::thread& thread : threads_) {
    thread.join();
  }
}

std::vector<HeardOf> KeyFinder::search(std::span<const mail::Address> addresses) {
  const auto deadline =
      std::chrono::steady_clock::now() + std::chrono::milliseconds(options_.lookup_ms);
  std::unique_lock lock(mutex_);
  for (const mail::Address& address : addresses) {
    for (std::size_t server = 0; server < servers_.size(); ++server) {
      request(server, address);
    }
  }
  queued_.notify_all();
  answered_.wait_until(lock, deadline, [&] { return stopping_ || !in_work(addresses); });
  std::vector<HeardOf> heard;
  for (const mail::Address& address : addresses) {
    heard.push_back(heard_of(address));
  }
  return heard;
}

void KeyFinder::request(std::size_t server, const mail::Address& address) {
  const auto host = servers_[server]->host(address);
  if (!host) {
    return;
  }
  const Timestamp now = clock_.now();
  const Question question{server, address.key()};
  const auto known = memory_.find(question);
  if (known != memory_.end() && (known->second.in_work || now < known->second.until)) {
    return;
  }
  make_room();
  Memory& memory = memory_[question];
  memory = {.heard = Heard::unknown, .until = now, .in_work = false};
  if (queue_.size() < limits::kKeyLookups && !health_.resting(*host, now)) {
    memory.in_work = true;
    queue_.emplace_back(server, address);
  }
}

void KeyFinder::make_room() {
  if (memory_.size() < limits::kKeyAnswersHeld) {
    return;
  }
  const Timestamp now = clock_.now();
  std::erase_if(memory_,
                [&](const auto& each) { return !each.second.in_work && each.second.until <= now; });
  const auto oldest = std::min_element(memory_.begin(), memory_.end(), [](auto& a, auto& b) {
    return std::pair(a.second.in_work, a.second.until) <
           std::pair(b.second.in_work, b.second.until);
  });
  if (memory_.size() >= limits::kKeyAnswersHeld && !oldest->second.in_work) {
    memory_.erase(oldest);
  }
}

bool KeyFinder::in_work(std::span<const mail::Address> addresses) const {
  return std::any_of(addresses.begin(), addresses.end(), [&](const mail::Address& address) {
    for (std::size_t server = 0; server < servers_.size(); ++server) {
      const auto known = memory_.find({server, address.key()});
      if (known != memory_.end() && known->second.in_work) {
        return true;
      }
    }
    return false;
  });
}

HeardOf KeyFinder::heard_of(const mail::Address& address) const {
  HeardOf heard;
  for (std::size_t server = 0; server < servers_.size(); ++server) {
    if (!servers_[server]->host(address)) {
      continue;
    }
    const auto known = memory_.find({server, address.key()});
    const bool late = known == memory_.end() || known->second.in_work;
    Heard& of_kind = servers_[server]->kind() == KeyKind::pgp ? heard.pgp : heard.smime;
    of_kind = stronger(of_kind, late ? Heard::unknown : known->second.heard);
  }
  return heard;
}

void KeyFinder::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    queued_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    if (stopping_) {
      return;
    }
    const auto [server, address] = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    const Heard heard = look_up_guarded(server, address);
    lock.lock();
    memory_[{server, address.key()}] = {
        .heard = heard, .until = holds_until(heard, clock_.now()), .in_work = false};
    answered_.notify_all();
  }
}

// A thread that ends by an exception ends the filter.
Heard KeyFinder::look_up_guarded(std::size_t server, const mail::Address& address) {
  try {
    return look_up(server, address, nullptr);
  } catch (const std::exception& error) {
    log::event(log::Level::error, "-", "key_lookup_failed", {{"type", typeid(error).name()}});
    return Heard::unknown;
  }
}

Heard KeyFinder::look_up(std::size_t server, const mail::Address& address, ServerReport* report) {
  KeyServer& asked = *servers_[server];
  const std::string host = asked.host(address).value_or("");
  if (report == nullptr && health_.resting(host, clock_.now())) {
    return Heard::unknown;
  }
  const NetAnswer answer = asked.ask(
      address, std::chrono::steady_clock::now() + std::chrono::milliseconds(options_.lookup_ms));
  if (answer.kind == NetAnswer::Kind::unknown) {
    health_.failed(host, clock_.now());
    log::event(log::Level::warning, "-", "key_server_silent",
               {{"source", std::string(asked.source())}, {"host", host}, {"why", answer.why}});
  } else {
    health_.answered(host);
  }
  if (report != nullptr) {
    *report = {std::string(asked.source()), host, asked.kind(), answer.kind, answer.why, {}};
  }
  return take(asked, address, answer, report);
}

// A key that cannot be used is as good as none; a key that could not be looked at is unknown.
Heard KeyFinder::take(const KeyServer& server, const mail::Address& address,
                      const NetAnswer& answer, ServerReport* report) {
  if (answer.kind == NetAnswer::Kind::unknown) {
    return Heard::unknown;
  }
  Heard heard = Heard::none;
  for (const std::string& bytes : answer.keys) {
    const auto offered =
        server.kind() == KeyKind::pgp
            ? intake_.offer_pgp(address, server.source(), bytes, clock_.now())
            : intake_.offer_certificate(address, server.source(), bytes, {}, clock_.now());
    if (report != nullptr) {
      report->keys.push_back(offered ? told(*offered) : offered.error().text);
    }
    if (offered) {
      heard = stronger(heard, !why_dropped(*offered).empty() ? Heard::unknown : Heard::found);
    } else {
      const bool useless = offered.error().kind == FaultKind::permanent;
      heard = stronger(heard, useless ? Heard::none : Heard::unknown);
    }
  }
  return heard;
}

std::vector<ServerReport> KeyFinder::ask_all(const mail::Address& address) {
  std::vector<ServerReport> reports;
  for (std::size_t server = 0; server < servers_.size(); ++server) {
    if (servers_[server]->host(address)) {
      look_up(server, address, &reports.emplace_back());
    }
  }
  return reports;
}

}  // namespace phimilter::protect
