// SPDX-License-Identifier: Apache-2.0
//
// Asks key servers about recipients, several at the same time and under a deadline, and remembers
// what they said. What they send goes through the intake; nothing of it is used from here.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "protect/host_health.h"
#include "protect/key_intake.h"
#include "protect/key_server.h"

namespace phimilter::protect {

enum class Heard { not_asked, none, unknown, found };

struct HeardOf {
  Heard pgp = Heard::not_asked;
  Heard smime = Heard::not_asked;
};

// What one server said when it was asked by hand.
struct ServerReport {
  std::string source, host;
  KeyKind kind = KeyKind::pgp;
  NetAnswer::Kind answer = NetAnswer::Kind::unknown;
  std::string why;
  std::vector<std::string> keys;  // what became of each key: "pending", "no certificate for ..."
};

struct FinderOptions {
  std::size_t threads = 4;
  std::int64_t lookup_ms = 0;
};

// Thread-safe.
class KeyFinder {
 public:
  KeyFinder(FinderOptions options, std::vector<std::unique_ptr<KeyServer>> servers,
            KeyIntake& intake, const Clock& clock);
  ~KeyFinder();  // waits for the look-ups that are on their way
  KeyFinder(const KeyFinder&) = delete;
  KeyFinder& operator=(const KeyFinder&) = delete;

  // In the order of the addresses. Waits until all is known, or lookup_ms; what is late is unknown,
  // and known to the next one who asks. `found`: the key book or a store has something new.
  std::vector<HeardOf> search(std::span<const mail::Address> addresses);

  // Every server now, whatever is remembered; one after the other.
  std::vector<ServerReport> ask_all(const mail::Address& address);

 private:
  using Question = std::pair<std::size_t, std::string>;  // server, Address::key()
  struct Memory {
    Heard heard = Heard::unknown;
    Timestamp until{};
    bool in_work = false;
  };

  void work();
  Heard look_up_guarded(std::size_t server, const mail::Address& address);
  Heard look_up(std::size_t server, const mail::Address& address, ServerReport* report);
  Heard take(const KeyServer& server, const mail::Address& address, const NetAnswer& answer,
             ServerReport* report);
  void request(std::size_t server, const mail::Address& address);
  void make_room();
  bool in_work(std::span<const mail::Address> addresses) const;
  HeardOf heard_of(const mail::Address& address) const;

  const FinderOptions options_;
  const std::vector<std::unique_ptr<KeyServer>> servers_;
  KeyIntake& intake_;
  const Clock& clock_;
  HostHealth health_;
  mutable std::mutex mutex_;  // of all below
  std::condition_variable queued_, answered_;
  std::deque<std::pair<std::size_t, mail::Address>> queue_;
  std::map<Question, Memory> memory_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace phimilter::protect
