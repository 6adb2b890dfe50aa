// SPDX-License-Identifier: Apache-2.0
//
//   <HMAC-SHA-256(pepper, scope NUL who)>.guesses   {"version":1,"tries":n,"locks":n,"since":t,
//                                                   "locked_at":t,"locked_until":t}, t in
//                                                   microseconds since 1970, 0: none
#include "portal/guess_limits.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/encoding.h"
#include "base/log.h"
#include "mail/address.h"
#include "portal/networks.h"

namespace phimilter::portal {
namespace {

using nlohmann::json;
using std::chrono::ceil;
using std::chrono::seconds;

constexpr std::string_view kSuffix = ".guesses";

std::string_view to_string(GuessScope scope) {
  switch (scope) {
    case GuessScope::recipient:
      return "recipient";
    case GuessScope::account:
      return "account";
    case GuessScope::network:
      return "network";
    case GuessScope::code_mails:
      return "code mails";
  }
  return "recipient";
}

// Half of it, since each of several hosts then counts for itself.
GuessRule stricter(GuessRule rule) {
  rule.tries = std::max(1, rule.tries / 2);
  return rule;
}

}  // namespace

struct GuessLimits::Counted {
  int tries = 0, locks = 0;
  Timestamp since{}, locked_at{}, locked_until{};

  std::string to_text() const {
    return json{{"version", 1},
                {"tries", tries},
                {"locks", locks},
                {"since", since.time_since_epoch().count()},
                {"locked_at", locked_at.time_since_epoch().count()},
                {"locked_until", locked_until.time_since_epoch().count()}}
        .dump();
  }
  // What is over no longer counts.
  void settle(const GuessRule& rule, Timestamp now) {
    if (now - since >= rule.window || now < since) {
      tries = 0;
    }
    if (now - locked_at >= kLocksForgotten) {
      locks = 0;
    }
  }
  void add(const GuessRule& rule, Timestamp now) {
    since = tries == 0 ? now : since;
    ++tries;
    if (tries >= rule.tries) {
      tries = 0;
      ++locks;
      locked_at = now;
      locked_until = now + lock_time(rule, locks);
    }
  }
};

std::string mailbox_name(std::string_view address) {
  const auto parsed = mail::Address::parse(address);
  return parsed ? parsed->key() : std::string(address);
}

seconds lock_time(const GuessRule& rule, int locks) {
  constexpr int kMostDoublings = 20;
  const seconds time = rule.first_lock * (1 << std::clamp(locks - 1, 0, kMostDoublings));
  return std::min(time, rule.longest_lock);
}

GuessLimits::GuessLimits(std::unique_ptr<RecordStore> records, std::unique_ptr<SharedCounts> shared,
                         const Secret& pepper, const Clock& clock, GuessOptions options)
    : records_(std::move(records)),
      shared_(std::move(shared)),
      pepper_(pepper.duplicate()),
      clock_(clock),
      options_(options) {}

const GuessRule& GuessLimits::rule_of(GuessScope scope) const {
  switch (scope) {
    case GuessScope::recipient:
      return options_.recipient;
    case GuessScope::account:
      return options_.account;
    case GuessScope::network:
      return options_.network;
    case GuessScope::code_mails:
      return options_.code_mails;
  }
  return options_.recipient;
}

std::string GuessLimits::name_of(std::string_view scope, std::string_view who) const {
  const std::string text = std::string(scope) + '\0' + std::string(who);
  return hex(hmac_sha256(pepper_.span(), as_bytes(text)));
}

std::string GuessLimits::name_of(GuessScope scope, std::string_view who) const {
  return name_of(to_string(scope), who);
}

std::mutex& GuessLimits::mutex_of(const std::string& name) {
  return held_[std::hash<std::string>{}(name) % held_.size()];
}

Result<GuessLimits::Counted> GuessLimits::load(const std::string& name) {
  const auto record = records_->load(name + std::string(kSuffix));
  if (!record) {
    return fail(record.error());
  }
  Counted counted;
  if (!*record) {
    return counted;
  }
  try {
    const json object = json::parse((*record)->view());
    const auto time = [&object](const char* key) {
      return Timestamp(std::chrono::microseconds(object.at(key).get<std::int64_t>()));
    };
    object.at("tries").get_to(counted.tries);
    object.at("locks").get_to(counted.locks);
    counted.since = time("since");
    counted.locked_at = time("locked_at");
    counted.locked_until = time("locked_until");
  } catch (const json::exception&) {
    return fail(transient_fault("portal.guesses_broken",
                                "a count of wrong answers cannot be understood, and nobody it is "
                                "about can answer: delete the file")
                    .with("record", name));
  }
  return counted;
}

Result<std::int64_t> GuessLimits::count(GuessScope scope, std::string_view who) {
  const std::string name = name_of(scope, who);
  GuessRule rule = rule_of(scope);
  const std::lock_guard lock(mutex_of(name));
  auto counted = load(name);
  if (!counted) {
    return fail(counted);
  }
  const Timestamp now = clock_.now();
  if (now < counted->locked_until) {
    return ceil<seconds>(counted->locked_until - now).count();
  }
  counted->settle(rule, now);
  if (shared_) {
    const auto together = shared_->add(name, rule);
    if (together && together->locked_s > 0) {
      return together->locked_s;
    }
    rule = together ? rule : stricter(rule);
  }
  counted->add(rule, now);
  if (Status saved = records_->save(name + std::string(kSuffix), counted->to_text()); !saved) {
    return fail(saved);
  }
  return 0;
}

Result<std::int64_t> GuessLimits::locked_s(GuessScope scope, std::string_view who) {
  auto counted = load(name_of(scope, who));
  if (!counted) {
    return fail(counted);
  }
  const Timestamp now = clock_.now();
  return now < counted->locked_until ? ceil<seconds>(counted->locked_until - now).count() : 0;
}

Status GuessLimits::take_back(GuessScope scope, std::string_view who) {
  const std::string name = name_of(scope, who);
  const std::lock_guard lock(mutex_of(name));
  if (shared_) {
    // A Redis that is away counts one too many, until the window is over.
    (void)shared_->take_back(name, rule_of(scope));
  }
  auto counted = load(name);
  if (!counted) {
    return fail(counted);
  }
  if (counted->tries > 0) {
    --counted->tries;
  } else if (clock_.now() < counted->locked_until) {
    counted->locked_until = Timestamp{};
    counted->locks = std::max(0, counted->locks - 1);
    counted->tries = std::max(0, rule_of(scope).tries - 1);
    counted->since = clock_.now();
  }
  return records_->save(name + std::string(kSuffix), counted->to_text());
}

Status GuessLimits::forget(GuessScope scope, std::string_view who) {
  const std::string name = name_of(scope, who);
  const std::lock_guard lock(mutex_of(name));
  if (shared_) {
    (void)shared_->forget(name);
  }
  return records_->remove(name + std::string(kSuffix));
}

std::int64_t GuessLimits::count_link(const std::string& link, const GuessRule& rule, bool& away) {
  away = false;
  if (!shared_) {
    return 0;
  }
  const auto together = shared_->add(name_of("link", link), rule);
  away = !together;
  return together ? together->locked_s : 0;
}

void GuessLimits::take_back_link(const std::string& link, const GuessRule& rule) {
  if (shared_) {
    (void)shared_->take_back(name_of("link", link), rule);
  }
}

void GuessLimits::forget_link(const std::string& link) {
  if (shared_) {
    (void)shared_->forget(name_of("link", link));
  }
}

std::string GuessLimits::network_of(std::string_view peer) const {
  return portal::network_of(peer, {options_.v4_bits, options_.v6_bits});
}

void GuessLimits::sweep() {
  const auto names = records_->names(kSuffix);
  for (const std::string& file : names ? *names : std::vector<std::string>()) {
    const std::string name = file.substr(0, file.size() - kSuffix.size());
    const std::lock_guard lock(mutex_of(name));
    const auto counted = load(name);
    const Timestamp now = clock_.now();
    if (counted && now >= counted->locked_until && now - counted->since >= std::chrono::hours(1) &&
        now - counted->locked_at >= kLocksForgotten) {
      if (Status removed = records_->remove(file); !removed) {
        log::fault(log::Level::warning, "-", removed.error());
        return;
      }
    }
  }
}

}  // namespace phimilter::portal
