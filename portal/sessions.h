// SPDX-License-Identifier: Apache-2.0
//
// Who has given proof: a random cookie, bound to one entry, with an idle and an absolute time-out.
// Kept in memory, so that a restart asks for proof again.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/encoding.h"
#include "base/ids.h"

namespace phimilter::portal {

struct Session {
  EscrowId entry;
  std::string form_token;  // stands in every form of the session (CSRF)
  Timestamp begun{}, used{};
};

class Sessions {
 public:
  explicit Sessions(const Clock& clock) : clock_(clock) {}
  // The cookie's value: 32 random bytes, base64url.
  std::string begin(const EscrowId& entry);
  // The live session of that cookie for that entry, its idle time begun anew; nullopt otherwise.
  std::optional<Session> find(std::string_view cookie, const EscrowId& entry);
  void end(std::string_view cookie);
  void end_all(const EscrowId& entry);
  std::size_t size() const;

 private:
  bool alive(const Session& session) const;
  void make_room();

  const Clock& clock_;
  mutable std::mutex mutex_;
  std::map<Sha256, Session>
      sessions_;  // by the cookie's digest: a lookup tells nothing by its time
};

}  // namespace phimilter::portal
