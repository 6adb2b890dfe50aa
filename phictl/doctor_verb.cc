// SPDX-License-Identifier: Apache-2.0
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <set>

#include "base/encoding.h"
#include "base/files.h"
#include "base/limits.h"
#include "base/run_program.h"
#include "mail/address.h"
#include "phictl/doctor.h"
#include "phictl/verb.h"

namespace phimilter::phictl {
namespace {

constexpr int kSoonDays = 30;
constexpr std::string_view kPostfix = "/etc/postfix";
constexpr std::string_view kSendmail = "/etc/mail/sendmail.cf";

bool is_file(const std::string& path) {
  std::error_code error;
  return std::filesystem::is_regular_file(path, error);
}

std::string host_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "this host";
}

std::vector<std::string> homes_of_people() {
  std::set<std::string> homes;
  ::setpwent();
  while (const passwd* entry = ::getpwent()) {
    homes.insert(entry->pw_dir);
  }
  ::endpwent();
  return {homes.begin(), homes.end()};
}

// Empty: METHOD:ADDRESS, as it should be.
std::string wrong_canary(const std::string& canary) {
  constexpr std::array<std::string_view, 7> kMethods{"pass",   "smime", "pgp",   "tls",
                                                     "portal", "hold",  "reject"};
  const auto colon = canary.find(':');
  const std::string method = canary.substr(0, colon);
  if (colon == std::string::npos || !mail::Address::parse(canary.substr(colon + 1))) {
    return "--canary " + canary + ": wants METHOD:ADDRESS, such as pgp:canary@partner.example";
  }
  if (std::find(kMethods.begin(), kMethods.end(), method) != kMethods.end()) {
    return "";
  }
  std::string wrong = "--canary " + canary + ": the method is one of";
  for (const std::string_view known : kMethods) {
    wrong += (known == kMethods.front() ? " " : ", ") + std::string(known);
  }
  return wrong;
}

class DoctorVerb final : public Verb {
 public:
  const VerbText& text() const override {
    static constexpr VerbText kText{
        "doctor", "Look at the whole way of a message on this host, and say what to mend",
        "The MTA's settings (who is filtered, what happens when the filter is away, who comes "
        "behind it, where aliases\n"
        "lead), the listeners, Redis, the journals, disks, the clock, and keys about to expire. "
        "With --canary it "
        "also sends a\n"
        "made-up patient's mail through the real MTA and reads in the journal how it left. Changes "
        "nothing else.\n"
        "Run it as root. Exit code 1 when there is a problem, also when something could not be "
        "told.",
        "sudo phictl doctor --canary pgp:canary@partner.example"};
    return kText;
  }

  std::vector<Argument> arguments() override {
    return {{"--canary",
             &canaries_,
             "Send a test mail and see that it leaves by this method",
             "METHOD:ADDRESS",
             false,
             {}},
            {"--postfix",
             &postfix_,
             "Folder of a Postfix instance; the first is the one that sends your mail",
             "FOLDER [/etc/postfix and its instances]",
             false,
             {}},
            {"--sendmail",
             &sendmail_,
             "Sendmail's settings",
             "FILE [/etc/mail/sendmail.cf]",
             false,
             {}},
            {"--postconf",
             &postconf_,
             "The program postconf; postmap is looked for beside it",
             "PROGRAM [postconf]",
             false,
             {}},
            {"--filter-user",
             &filter_user_,
             "The user that phimilter runs as",
             "USER [phimilter]",
             false,
             {}},
            {"--portal-user",
             &portal_user_,
             "The user that phimilter-portal runs as",
             "USER [phiportal]",
             false,
             {}},
            {"--json", &json_, "The report for programs", "", false, {}}};
  }

  Outcome run(const Invocation& invocation) override {
    const auto settings = invocation.settings();
    if (!settings) {
      return report(invocation, settings.error());
    }
    for (const std::string& canary : canaries_) {
      if (const std::string wrong = wrong_canary(canary); !wrong.empty()) {
        return misused(invocation, wrong);
      }
    }
    if (!sendmail_.empty() && !is_file(sendmail_)) {
      return misused(invocation, "--sendmail: there is no file " + sendmail_);
    }
    Examination seen;
    examine_check(invocation, seen);
    examine_mta(*settings, seen);
    examine_sockets(*settings, seen);
    examine_redis(*settings, seen);
    examine_journals(*settings, seen);
    examine_disk(*settings, seen);
    examine_clock(seen);
    examine_expiry(*settings, key_list(invocation), system_clock().now(), kSoonDays, seen);
    for (const std::string& canary : canaries_) {
      const auto colon = canary.find(':');
      examine_canary(*settings, canary.substr(0, colon), canary.substr(colon + 1), seen);
    }
    const ReportHead head{system_clock().now(), host_name(), invocation.settings_file};
    (json_ ? write_json_report : write_report)(invocation.out, head, seen);
    return seen.count(Health::good) == seen.observations().size() ? Outcome::ok : Outcome::problem;
  }

 private:
  // Another phictl: some verbs become the owner of a folder, and cannot go back.
  static Result<ProgramAnswer> ask_phictl(const Invocation& invocation,
                                          const std::vector<std::string>& words) {
    std::vector<std::string> command{"/proc/self/exe", "--settings", invocation.settings_file};
    command.insert(command.end(), words.begin(), words.end());
    return run_program(command, {.timeout_ms = 60'000});
  }

  void examine_check(const Invocation& invocation, Examination& seen) const {
    const auto answer = ask_phictl(
        invocation, {"check", "--filter-user", filter_user_, "--portal-user", portal_user_});
    if (!answer) {
      return seen.fault("check", answer.error(), "Run phictl check");
    }
    for (const std::string_view line : split(answer->complaint, '\n')) {
      if (line.find(": ") != line.npos) {
        seen.problem("check", std::string(line), "");
      }
    }
    if (answer->exit_code == 0) {
      seen.good("check", "the settings and everything that they name are in order");
    }
  }

  static std::string key_list(const Invocation& invocation) {
    auto answer = ask_phictl(invocation, {"keys", "list", "--json"});
    return answer ? answer->output : "";
  }

  void examine_mta(const Settings& settings, Examination& seen) const {
    std::vector<std::string> folders = postfix_;
    if (folders.empty() && sendmail_.empty() && is_file(std::string(kPostfix) + "/main.cf")) {
      folders.emplace_back(kPostfix);
    }
    if (!folders.empty()) {
      examine_instances(folders, settings, seen);
    }
    const std::string sendmail =
        sendmail_.empty() && postfix_.empty() ? std::string(kSendmail) : sendmail_;
    if (!sendmail.empty() && is_file(sendmail)) {
      const auto text = read_file(sendmail, 4 * limits::kMiB);
      text ? examine_sendmail(sendmail, *text, settings, seen)
           : seen.fault("sendmail", text.error(), "Run as root");
    } else if (folders.empty()) {
      seen.unknown("mta", "neither Postfix nor Sendmail was found",
                   "Name its settings with --postfix or --sendmail");
    }
    examine_forward_files(homes_of_people(), settings, seen);
  }

  void examine_instances(std::vector<std::string> folders, const Settings& settings,
                         Examination& seen) const {
    std::vector<PostfixConfig> instances;
    for (std::size_t i = 0; i < folders.size(); ++i) {
      auto config = PostfixConfig::read(folders[i], postconf_);
      if (!config) {
        seen.fault("postfix", config.error(), "Run as root, or name the program with --postconf");
        continue;
      }
      for (const std::string& other : words_in(config->parameter("multi_instance_directories"))) {
        if (postfix_.empty()) {
          folders.push_back(other);
        }
      }
      instances.push_back(std::move(*config));
    }
    if (!instances.empty()) {
      examine_postfix(instances.front(), settings, seen);
      examine_secure_postfix(instances, settings, seen);
      examine_postfix_aliases(instances.front(), settings, postmap(), seen);
    }
  }

  std::string postmap() const {
    const auto slash = postconf_.rfind('/');
    return slash == std::string::npos ? "postmap" : postconf_.substr(0, slash + 1) + "postmap";
  }

  std::vector<std::string> canaries_, postfix_;
  std::string sendmail_;
  std::string filter_user_ = "phimilter";
  std::string portal_user_ = "phiportal";
  std::string postconf_ = "postconf";
  bool json_ = false;
};

}  // namespace

std::unique_ptr<Verb> doctor_verb() {
  return std::make_unique<DoctorVerb>();
}

}  // namespace phimilter::phictl
