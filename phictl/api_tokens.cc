// SPDX-License-Identifier: Apache-2.0
//
// `api-token create`, `list` and `revoke`: which programs may use the portal's API.
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "audit/journal.h"
#include "base/encoding.h"
#include "base/files.h"
#include "escrow/api_tokens.h"
#include "phictl/held_desk.h"
#include "phictl/ownership.h"
#include "phictl/verb.h"

namespace phimilter::phictl {
namespace {

using escrow::ApiToken;
using escrow::ApiTokens;

constexpr std::int64_t kLongestDays = 3660;

bool append_as_owner(const Settings& settings, const audit::Record& record) {
  const std::string& folder = settings.audit_phictl_journal;
  if (!make_folder(folder, 0700) || !become_owner_of(folder)) {
    return false;
  }
  const auto journal = audit::open_journal(folder, std::string(kPhictlWriter), system_clock());
  return journal && (*journal)->append(record);
}

// The journal of what people do belongs to the filter's user, and the tokens to the portal's: a
// child becomes the one, this process the other. On record first: a token that is on record and was
// not made is none.
Status write_down(const Settings& settings, const ApiToken& token, audit::Event event) {
  audit::Record record;
  record.event = event;
  record.login = this_person();
  audit::RecipientRecord what;
  what.status = token.name;
  what.reasons = token.scopes;
  record.recipients.push_back(std::move(what));
  const pid_t child = ::fork();
  if (child == 0) {
    ::_exit(append_as_owner(settings, record) ? 0 : 1);
  }
  int status = 1;
  if (child < 0 || ::waitpid(child, &status, 0) != child || status != 0) {
    return fail(configuration_fault("phictl.journal",
                                    "the journal of phictl cannot be written to, so nothing is "
                                    "done; is another phictl at work, and are you root?")
                    .with("folder", settings.audit_phictl_journal));
  }
  return {};
}

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) {
    out += (out.empty() ? "" : ",") + word;
  }
  return out;
}

std::string day_of(Timestamp at) {
  return rfc3339(at).substr(0, 10);
}

class ApiTokenCreateVerb final : public Verb {
 public:
  const VerbText& text() const override {
    static constexpr VerbText kText{
        "api-token create", "Make a token with which a program may use the portal's API",
        "NAME says in the journal which program did something. The token is printed once, alone on "
        "standard output,\n"
        "and cannot be shown again: only a digest of it is kept. Scopes: recipients:read, "
        "recipients:write,\n"
        "messages:read, messages:write, messages:send. It ends after --days.",
        "phictl api-token create lab-system --scope recipients:write --days 180"};
    return kText;
  }
  std::vector<Argument> arguments() override {
    return {{"NAME", &name_, "Which program", "", true, {}},
            {"--scope", &scopes_, "What it may do; may stand several times", "SCOPE", true, {}},
            {"--days", &days_, "How long it lasts (365)", "DAYS", false, {}}};
  }
  Outcome run(const Invocation& invocation) override {
    const auto settings = invocation.settings();
    if (!settings) {
      return report(invocation, settings.error());
    }
    const auto days = number_of_days();
    if (!days) {
      return misused(invocation, "--days: a number from 1 to " + std::to_string(kLongestDays));
    }
    ApiTokens tokens(escrow::api_token_folder(settings->portal_state));
    ApiToken token;
    token.name = name_;
    token.scopes = scopes_;
    token.created_by = this_person();
    token.created = system_clock().now();
    token.expires = token.created + std::chrono::hours(24 * *days);
    auto ready = tokens.check(token);
    if (ready) {
      ready = write_down(*settings, token, audit::Event::api_token_made);
    }
    if (ready) {
      ready = become_owner_of(settings->portal_state);
    }
    if (!ready) {
      return report(invocation, ready.error());
    }
    const auto secret = tokens.create(token);
    if (!secret) {
      return report(invocation, secret.error());
    }
    invocation.err << "phictl: token " << token.name << " until " << day_of(token.expires)
                   << "; it is shown this once:\n";
    invocation.out << secret->view() << "\n";
    return Outcome::ok;
  }

 private:
  std::optional<std::int64_t> number_of_days() const {
    if (days_.empty()) {
      return 365;
    }
    std::int64_t days = 0;
    const auto [end, error] = std::from_chars(days_.data(), days_.data() + days_.size(), days);
    const bool whole = error == std::errc() && end == days_.data() + days_.size();
    return whole && days >= 1 && days <= kLongestDays ? std::optional(days) : std::nullopt;
  }

  std::string name_, days_;
  std::vector<std::string> scopes_;
};

class ApiTokenListVerb final : public Verb {
 public:
  const VerbText& text() const override {
    static constexpr VerbText kText{
        "api-token list", "List the tokens of the portal's API",
        "Names, scopes, who made them and when they end; the tokens themselves are not kept.",
        "phictl api-token list"};
    return kText;
  }
  Outcome run(const Invocation& invocation) override {
    const auto settings = invocation.settings();
    if (!settings) {
      return report(invocation, settings.error());
    }
    if (auto owner = become_owner_of(settings->portal_state); !owner) {
      return report(invocation, owner.error());
    }
    const auto tokens = ApiTokens(escrow::api_token_folder(settings->portal_state)).list();
    if (!tokens) {
      return report(invocation, tokens.error());
    }
    std::vector<std::vector<std::string>> rows = {{"NAME", "SCOPES", "UNTIL", "MADE BY", "MADE"}};
    for (const ApiToken& token : *tokens) {
      const bool over = token.expires <= system_clock().now();
      rows.push_back({token.name, joined(token.scopes),
                      over ? "over since " + day_of(token.expires) : day_of(token.expires),
                      token.created_by, day_of(token.created)});
    }
    write_table(invocation.out, rows);
    return Outcome::ok;
  }
};

class ApiTokenRevokeVerb final : public Verb {
 public:
  const VerbText& text() const override {
    static constexpr VerbText kText{"api-token revoke", "Take a token of the portal's API back",
                                    "From this moment on it is not known any more.",
                                    "phictl api-token revoke lab-system"};
    return kText;
  }
  std::vector<Argument> arguments() override {
    return {{"NAME", &name_, "Which one", "", true, {}}};
  }
  Outcome run(const Invocation& invocation) override {
    const auto settings = invocation.settings();
    if (!settings) {
      return report(invocation, settings.error());
    }
    ApiTokens tokens(escrow::api_token_folder(settings->portal_state));
    const auto all = tokens.list();
    if (!all) {
      return report(invocation, all.error());
    }
    const auto found = std::find_if(all->begin(), all->end(),
                                    [this](const ApiToken& token) { return token.name == name_; });
    if (found == all->end()) {
      invocation.err << "phictl: there is no token of this name; `phictl api-token list` shows "
                        "those there are\n";
      return Outcome::problem;
    }
    auto done = write_down(*settings, *found, audit::Event::api_token_revoked);
    if (done) {
      done = become_owner_of(settings->portal_state);
    }
    if (done) {
      done = tokens.revoke(*found);
    }
    if (!done) {
      return report(invocation, done.error());
    }
    invocation.out << "Token " << name_ << " is revoked.\n";
    return Outcome::ok;
  }

 private:
  std::string name_;
};

}  // namespace

std::unique_ptr<Verb> api_token_create_verb() {
  return std::make_unique<ApiTokenCreateVerb>();
}

std::unique_ptr<Verb> api_token_list_verb() {
  return std::make_unique<ApiTokenListVerb>();
}

std::unique_ptr<Verb> api_token_revoke_verb() {
  return std::make_unique<ApiTokenRevokeVerb>();
}

}  // namespace phimilter::phictl
