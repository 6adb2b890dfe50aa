// SPDX-License-Identifier: Apache-2.0
//
// How a sender comes to the page of their own messages: a code to a mailbox of the clinic's
// domains, then a session as recipients have it. What is asked for and tried is counted by address
// and by network, with the other hosts, as for recipients; nothing that a visitor sees tells
// whether a mailbox exists or has sent anything. A code that one host mailed is good at any.
// Threads: may be shared.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "audit/journal.h"
#include "base/clock.h"
#include "base/result.h"
#include "portal/guess_limits.h"
#include "portal/sent_codes.h"
#include "portal/sessions.h"

namespace phimilter::portal {

struct SentCode {
  std::string address, code, reference, language;
};

struct SentSession {
  std::string address;
  std::string form_token;  // stands in every form (CSRF)
};

struct SentDoorParts {  // borrowed; all must outlive the door
  const Clock& clock;
  std::vector<std::string> own_domains;
  std::function<Status(const SentCode&)> mail;  // called in a thread of the door's own
  SentCodes& codes;
  GuessLimits& guesses;
  Sessions& sessions;
  audit::Journal& journal;
};

class SentDoor {
 public:
  explicit SentDoor(SentDoorParts parts);
  ~SentDoor();
  SentDoor(const SentDoor&) = delete;
  SentDoor& operator=(const SentDoor&) = delete;

  struct Asked {
    bool too_many = false;
    std::string reference;  // stands in the mail, if there is one, and on the page
  };
  // Faults: it could not be counted, recorded or kept.
  Result<Asked> ask(std::string_view address, const std::string& language, const std::string& peer);

  enum class Tried { right, wrong, locked };
  Result<Tried> answer(std::string_view address, std::string_view code, const std::string& peer);

  // The cookie's value; of a new session, after the right code.
  Result<std::string> begin(const std::string& address, std::string_view old_cookie = {});
  std::optional<SentSession> find(std::string_view cookie);  // its idle time begins anew
  Status end(std::string_view cookie);
  void wait_until_mailed();  // for tests

 private:
  bool is_own(std::string_view address) const;
  Result<bool> is_counted(GuessScope scope, const std::string& who, const std::string& peer);
  void run();

  SentDoorParts parts_;
  std::mutex mutex_;
  std::condition_variable wake_, idle_;
  std::deque<SentCode> to_mail_;
  bool stop_ = false, mailing_ = false;
  std::thread thread_;
};

}  // namespace phimilter::portal
