// SPDX-License-Identifier: Apache-2.0
//
// How a sender comes to the page of their own messages: a code to a mailbox of the clinic's
// domains, then a session. What is asked for and tried is counted by address and by network;
// nothing that a visitor sees tells whether a mailbox exists or has sent anything. In memory: a
// restart voids the codes with the counts, so that it gives no guess away. Threads: may be shared.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/encoding.h"
#include "base/result.h"

namespace phimilter::portal {

struct SentCode {
  std::string address, code, reference, language;
};

struct SentSession {
  std::string address;
  std::string form_token;  // stands in every form (CSRF)
  Timestamp begun{}, used{};
};

class SentDoor {
 public:
  // `mail` is called in a thread of the door's own.
  SentDoor(const Clock& clock, std::vector<std::string> own_domains,
           std::function<Status(const SentCode&)> mail);
  ~SentDoor();
  SentDoor(const SentDoor&) = delete;
  SentDoor& operator=(const SentDoor&) = delete;

  struct Asked {
    bool too_many = false;
    std::string reference;  // stands in the mail, if there is one, and on the page
  };
  Asked ask(std::string_view address, const std::string& language, const std::string& peer);

  enum class Tried { right, wrong, locked };
  Tried answer(std::string_view address, std::string_view code, const std::string& peer);

  // The cookie's value; of a new session, after the right code.
  std::string begin(const std::string& address);
  std::optional<SentSession> find(std::string_view cookie);  // its idle time begins anew
  void end(std::string_view cookie);
  void wait_until_mailed();  // for tests

  static constexpr int kCodesAnHour = 5, kTries = 5, kOfNetworkAnHour = 60;
  static constexpr std::size_t kRemembered = 20'000;  // addresses, networks, sessions: each

 private:
  struct Waiting {
    std::string code, reference;
    Timestamp expires{};
    int tries = 0;
    std::vector<Timestamp> sent;  // of the last hour
    int locks = 0;
    Timestamp locked_until{};
  };
  bool is_own(std::string_view address) const;
  bool network_may(const std::string& peer);
  void forget_old();
  void run();

  const Clock& clock_;
  const std::vector<std::string> own_domains_;
  const std::function<Status(const SentCode&)> mail_;
  std::mutex mutex_;
  std::map<std::string, Waiting> waiting_;  // by address
  std::map<std::string, std::pair<Timestamp, int>> networks_;
  std::map<Sha256, SentSession> sessions_;  // by the cookie's digest

  std::condition_variable wake_, idle_;
  std::deque<SentCode> to_mail_;
  bool stop_ = false, mailing_ = false;
  std::thread thread_;
};

// 192.0.2.0 of an IPv4 address, the first 56 bits of an IPv6 one; else the text.
std::string network_of(const std::string& peer);

}  // namespace phimilter::portal
