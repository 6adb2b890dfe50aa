// SPDX-License-Identifier: Apache-2.0
#include "portal/sessions.h"

#include <algorithm>

#include "base/limits.h"
#include "base/secret.h"

namespace phimilter::portal {
namespace {
constexpr std::size_t kSessions =
    20'000;  // past it: the one that was idle longest must prove again
std::string random_text() {
  return base64url(random_secret(32).span());
}
}  // namespace

bool Sessions::alive(const Session& session) const {
  const Timestamp now = clock_.now();
  return now - session.used < std::chrono::seconds(limits::kSessionIdleS) &&
         now - session.begun < std::chrono::seconds(limits::kSessionS) && now >= session.begun;
}

void Sessions::make_room() {
  if (sessions_.size() < kSessions) {
    return;
  }
  std::erase_if(sessions_, [this](const auto& item) { return !alive(item.second); });
  if (sessions_.size() < kSessions) {
    return;
  }
  sessions_.erase(
      std::min_element(sessions_.begin(), sessions_.end(),
                       [](const auto& a, const auto& b) { return a.second.used < b.second.used; }));
}

std::string Sessions::begin(const EscrowId& entry) {
  std::string cookie = random_text();
  const Timestamp now = clock_.now();
  const std::lock_guard lock(mutex_);
  make_room();
  sessions_.emplace(sha256(cookie), Session{entry, random_text(), now, now});
  return cookie;
}

std::optional<Session> Sessions::find(std::string_view cookie, const EscrowId& entry) {
  if (cookie.empty()) {
    return std::nullopt;
  }
  const std::lock_guard lock(mutex_);
  const auto found = sessions_.find(sha256(cookie));
  if (found == sessions_.end()) {
    return std::nullopt;
  }
  if (!alive(found->second)) {
    sessions_.erase(found);
    return std::nullopt;
  }
  if (found->second.entry != entry) {
    return std::nullopt;
  }
  found->second.used = clock_.now();
  return found->second;
}

void Sessions::end(std::string_view cookie) {
  const std::lock_guard lock(mutex_);
  sessions_.erase(sha256(cookie));
}

void Sessions::end_all(const EscrowId& entry) {
  const std::lock_guard lock(mutex_);
  std::erase_if(sessions_, [&entry](const auto& item) { return item.second.entry == entry; });
}

std::size_t Sessions::size() const {
  const std::lock_guard lock(mutex_);
  return sessions_.size();
}

}  // namespace phimilter::portal
