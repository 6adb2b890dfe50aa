// SPDX-License-Identifier: Apache-2.0
//
//   <SHA-256 of the cookie>.session   {"version":1,"grants":{"<subject>":{"token":..,"begun":..,
//                                     "used":..,"note":..}}}, times in microseconds since 1970
//   <SHA-256 of the subject>.current  the SHA-256 of the cookie that has the grant
//
// The second file alone says who is let in. Of two browsers at the same time the last to write it
// has the grant; once it is deleted, nobody has, whatever is written to the first by who reads just
// now.
#include "portal/sessions.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "base/log.h"

namespace phimilter::portal {
namespace {

using nlohmann::json;
using Grants = std::map<std::string, Session, std::less<>>;

constexpr std::string_view kSessionSuffix = ".session";
constexpr std::string_view kCurrentSuffix = ".current";
constexpr std::chrono::seconds kNoteUseEach(60);
constexpr std::size_t kGrants = 32;     // of one browser; past it: the oldest goes
constexpr std::size_t kSweepEach = 64;  // begun sessions

std::string digest_of(std::string_view cookie) {
  return hex(sha256(cookie));
}
std::string session_name(const std::string& digest) {
  return digest + std::string(kSessionSuffix);
}
std::string current_name(std::string_view subject) {
  return hex(sha256(subject)) + std::string(kCurrentSuffix);
}
std::string random_text() {
  return base64url(random_secret(32).span());
}

std::string to_text(const Grants& grants) {
  json all = json::object();
  for (const auto& [subject, session] : grants) {
    all[subject] = {{"token", session.form_token},
                    {"begun", session.begun.time_since_epoch().count()},
                    {"used", session.used.time_since_epoch().count()},
                    {"note", session.note}};
  }
  return json{{"version", 1}, {"grants", all}}.dump(-1, ' ', false, json::error_handler_t::replace);
}

Timestamp time_at(const json& object, const char* name) {
  return Timestamp(std::chrono::microseconds(object.at(name).get<std::int64_t>()));
}

// No such session, or one that cannot be read: nothing is granted.
Grants load_grants(RecordStore& records, const std::string& digest) {
  const auto record = records.load(session_name(digest));
  if (!record) {
    log::fault(log::Level::error, "-", record.error());
  }
  Grants grants;
  try {
    if (!record || !*record) {
      return grants;
    }
    const json object = json::parse((*record)->view());
    for (const auto& [subject, grant] : object.at("grants").items()) {
      grants[subject] = Session{grant.at("token").get<std::string>(), time_at(grant, "begun"),
                                time_at(grant, "used"), grant.at("note").get<std::string>()};
    }
  } catch (const json::exception&) {
    grants.clear();
  }
  return grants;
}

Timestamp last_use(const Grants& grants) {
  Timestamp last{};
  for (const auto& [subject, session] : grants) {
    last = std::max(last, session.used);
  }
  return last;
}

}  // namespace

bool Sessions::alive(const Session& session) const {
  const Timestamp now = clock_.now();
  return now - session.used < limits_.idle && now - session.begun < limits_.whole &&
         now >= session.begun;
}

Result<bool> Sessions::is_current(const std::string& digest, const Subject& subject) {
  const auto current = records_->load(current_name(subject.str()));
  if (!current) {
    return fail(current.error());
  }
  return *current && constant_time_equal((*current)->view(), std::string_view(digest));
}

Result<std::string> Sessions::begin(const Subject& subject, std::string_view old_cookie,
                                    const std::string& note) {
  const std::string old_digest = digest_of(old_cookie);
  Grants grants = old_cookie.empty() ? Grants() : load_grants(*records_, old_digest);
  grants.erase(subject.str());
  std::erase_if(grants, [this](const auto& grant) { return !alive(grant.second); });
  while (grants.size() >= kGrants) {
    grants.erase(std::ranges::min_element(
        grants, [](const auto& a, const auto& b) { return a.second.begun < b.second.begun; }));
  }
  std::vector<std::string> moved;
  for (const auto& [name, session] : grants) {
    const auto current = records_->load(current_name(name));
    if (current && *current && (*current)->view() == old_digest) {
      moved.push_back(name);
    }
  }
  const Timestamp now = clock_.now();
  grants[subject.str()] = Session{random_text(), now, now, note};
  const std::string cookie = random_text();
  const std::string digest = digest_of(cookie);
  Status saved = records_->save(session_name(digest), to_text(grants));
  moved.push_back(subject.str());
  for (const std::string& name : moved) {
    saved = saved ? records_->save(current_name(name), digest) : std::move(saved);
  }
  if (saved && !old_cookie.empty()) {
    saved = records_->remove(session_name(old_digest));
  }
  if (!saved) {
    return fail(saved);
  }
  if (++begun_ % kSweepEach == 0) {
    limit_size();
  }
  return cookie;
}

std::optional<Session> Sessions::find(std::string_view cookie, const Subject& subject) {
  if (cookie.empty()) {
    return std::nullopt;
  }
  const std::string digest = digest_of(cookie);
  Grants grants = load_grants(*records_, digest);
  const auto found = grants.find(subject.str());
  if (found == grants.end() || !alive(found->second)) {
    return std::nullopt;
  }
  const auto current = is_current(digest, subject);
  if (!current || !*current) {
    return std::nullopt;
  }
  const Timestamp now = clock_.now();
  const bool stale = now - found->second.used >= kNoteUseEach;
  found->second.used = now;
  if (stale) {
    if (Status saved = records_->save(session_name(digest), to_text(grants)); !saved) {
      log::fault(log::Level::warning, "-", saved.error());
    }
  }
  return found->second;
}

bool Sessions::knows(std::string_view cookie) {
  if (cookie.empty()) {
    return false;
  }
  const std::string digest = digest_of(cookie);
  const Grants grants = load_grants(*records_, digest);
  return std::ranges::any_of(grants, [&](const auto& grant) {
    return alive(grant.second) && is_current(digest, Subject::of_text(grant.first)).value_or(false);
  });
}

Sessions::Named Sessions::find_any(std::string_view cookie, std::string_view kind) {
  const Grants grants = cookie.empty() ? Grants() : load_grants(*records_, digest_of(cookie));
  for (const auto& [name, session] : grants) {
    if (!name.starts_with(kind)) {
      continue;
    }
    if (auto found = find(cookie, Subject::of_text(name))) {
      return std::pair(name.substr(kind.size()), std::move(*found));
    }
  }
  return std::nullopt;
}

bool Sessions::account_moved(std::string_view cookie) {
  const Grants grants = cookie.empty() ? Grants() : load_grants(*records_, digest_of(cookie));
  return std::ranges::any_of(grants, [&](const auto& grant) {
    return grant.first.starts_with("a:") && moved(cookie, Subject::of_text(grant.first));
  });
}

bool Sessions::moved(std::string_view cookie, const Subject& subject) {
  const Grants grants = cookie.empty() ? Grants() : load_grants(*records_, digest_of(cookie));
  const auto found = grants.find(subject.str());
  if (found == grants.end() || !alive(found->second)) {
    return false;
  }
  const auto current = records_->load(current_name(subject.str()));
  return current && *current && (*current)->view() != digest_of(cookie);
}

Result<bool> Sessions::end(std::string_view cookie, const Subject& subject) {
  const std::string digest = digest_of(cookie);
  const auto current = is_current(digest, subject);
  if (!current) {
    return fail(current.error());
  }
  if (*current) {
    if (Status ended = end_all(subject); !ended) {
      return fail(ended);
    }
  }
  return std::ranges::any_of(load_grants(*records_, digest), [&](const auto& grant) {
    return grant.first != subject.str() && alive(grant.second);
  });
}

Status Sessions::end_all(const Subject& subject) {
  return records_->remove(current_name(subject.str()));
}

std::size_t Sessions::sweep() {
  std::size_t left = 0;
  const auto sessions = records_->names(kSessionSuffix);
  for (const std::string& name : sessions ? *sessions : std::vector<std::string>()) {
    const Grants grants =
        load_grants(*records_, name.substr(0, name.size() - kSessionSuffix.size()));
    const bool over =
        std::ranges::none_of(grants, [this](const auto& grant) { return alive(grant.second); });
    if (!over || !records_->remove(name)) {
      ++left;
    }
  }
  const auto currents = records_->names(kCurrentSuffix);
  for (const std::string& name : currents ? *currents : std::vector<std::string>()) {
    const auto digest = records_->load(name);
    if (!digest || !*digest) {
      continue;
    }
    const auto session = records_->load(session_name(std::string((*digest)->view())));
    if (session && !*session && !records_->remove(name)) {
      break;
    }
  }
  return left;
}

void Sessions::limit_size() {
  std::size_t left = sweep();
  if (left <= limits_.most) {
    return;
  }
  std::multimap<Timestamp, std::string> by_use;
  const auto sessions = records_->names(kSessionSuffix);
  for (const std::string& name : sessions ? *sessions : std::vector<std::string>()) {
    by_use.emplace(
        last_use(load_grants(*records_, name.substr(0, name.size() - kSessionSuffix.size()))),
        name);
  }
  for (auto each = by_use.begin(); each != by_use.end() && left > limits_.most; ++each, --left) {
    if (!records_->remove(each->second)) {
      return;
    }
  }
}

}  // namespace phimilter::portal
