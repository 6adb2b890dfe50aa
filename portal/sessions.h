// SPDX-License-Identifier: Apache-2.0
//
// Who has given proof. One random cookie a browser; under it a grant for each message, account or
// sender's desk that the browser has proved itself for, each with an idle and an absolute time-out.
// A new grant makes a new cookie, and ends the same grant of any other browser, which is told.
// Sealed records hold the cookie's digest alone; they outlive a restart. Threads: may be shared.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/encoding.h"
#include "base/ids.h"
#include "base/limits.h"
#include "portal/record_store.h"

namespace phimilter::portal {

// What is granted.
class Subject {
 public:
  static Subject entry(const EscrowId& id) { return Subject("m:" + id.str()); }
  // The first of two proofs; the note says which.
  static Subject first_proof(const EscrowId& id) { return Subject("p:" + id.str()); }
  static Subject account(const std::string& name) { return Subject("a:" + name); }
  static Subject desk(const std::string& name) { return Subject("d:" + name); }  // of a sender
  const std::string& str() const { return text_; }

 private:
  friend class Sessions;
  static Subject of_text(const std::string& text) { return Subject(text); }
  explicit Subject(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

// Of an account's grant: signed in with a code of an authenticator.
inline constexpr std::string_view kSecondFactorNote = "second factor";

struct Session {
  std::string form_token;  // stands in every form of the grant (CSRF)
  Timestamp begun{}, used{};
  std::string note{};  // what begin() was given
};

struct SessionLimits {
  std::chrono::seconds idle{limits::kSessionIdleS}, whole{limits::kSessionS};
  std::size_t most = 20'000;  // browsers; past it: who was idle longest must prove again
};

class Sessions {
 public:
  Sessions(const Clock& clock, SessionLimits limits, std::unique_ptr<RecordStore> records)
      : clock_(clock), limits_(limits), records_(std::move(records)) {}
  // In memory.
  explicit Sessions(const Clock& clock) : Sessions(clock, {}, memory_record_store()) {}

  // The new cookie's value: 32 random bytes, base64url. `old_cookie`, the browser's until now, is
  // worth nothing from then on; what it was granted besides moves to the new one. `note` stays with
  // the grant. A fault: no session.
  Result<std::string> begin(const Subject& subject, std::string_view old_cookie = {},
                            const std::string& note = {});
  // The live grant, its idle time begun anew (written down once a minute); nullopt otherwise, also
  // where it could not be told.
  std::optional<Session> find(std::string_view cookie, const Subject& subject);
  // The account or desk that this browser is granted, by name.
  using Named = std::optional<std::pair<std::string, Session>>;
  // Whether this browser has any live grant. Its idle time goes on.
  bool knows(std::string_view cookie);
  Named find_account(std::string_view cookie) { return find_any(cookie, "a:"); }
  Named find_desk(std::string_view cookie) { return find_any(cookie, "d:"); }
  bool account_moved(std::string_view cookie);
  // Whether this browser's grant ended because another browser got it.
  bool moved(std::string_view cookie, const Subject& subject);
  // Nobody has it then. Whether the browser is left with any other grant.
  Result<bool> end(std::string_view cookie, const Subject& subject);
  Status end_all(const Subject& subject);
  std::chrono::minutes idle() const {
    return std::chrono::duration_cast<std::chrono::minutes>(limits_.idle);
  }
  std::size_t sweep();  // deletes what is over; how many browsers are left

 private:
  bool alive(const Session& session) const;
  Result<bool> is_current(const std::string& digest, const Subject& subject);
  Named find_any(std::string_view cookie, std::string_view kind);
  void limit_size();

  const Clock& clock_;
  SessionLimits limits_;
  std::unique_ptr<RecordStore> records_;
  std::atomic<std::size_t> begun_{0};
};

}  // namespace phimilter::portal
