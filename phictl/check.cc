// SPDX-License-Identifier: Apache-2.0
#include <optional>

#include "phictl/check_list.h"
#include "phictl/verb.h"

namespace phimilter::phictl {
namespace {

class CheckVerb final : public Verb {
 public:
  const VerbText& text() const override {
    static constexpr VerbText kText{
        "check", "Check the settings file and everything that it names",
        "Looks at every setting, loads the rules and runs their tests, and sees whether programs, "
        "folders,\n"
        "keys and certificates are there, in order, belong together, and are open to the right "
        "users and no others.\n"
        "Of sockets and listeners only how they are written: whether somebody answers there is "
        "for `phictl doctor`.\n"
        "Changes nothing. Each problem is one line: file and line of the setting, what is wrong, "
        "what to do.\n"
        "Run it as root: other users may not be able to look into all folders.",
        "sudo phictl check /etc/phimilter/phimilter.toml"};
    return kText;
  }

  std::vector<Argument> arguments() override {
    return {{"FILE", &file_, "The settings file to check instead of --settings", "", false, {}},
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
             {}}};
  }

  Outcome run(const Invocation& invocation) override {
    const std::string& file = file_.empty() ? invocation.settings_file : file_;
    const auto settings = load_settings(file);
    if (!settings) {
      return report(invocation, settings.error());
    }
    auto list = CheckList::create(file, invocation.out, invocation.err);
    if (!list) {
      return report(invocation, list.error());
    }
    list->good(file);
    const auto users = service_users(*settings, *list);
    if (!users) {
      return summary(invocation, *list);
    }
    check_methods(*settings, *list);
    check_policy(*settings, *users, *list);
    check_programs(*settings, *users, *list);
    check_folders(*settings, *users, *list);
    check_key_files(*settings, *users, *list);
    check_certificates(*settings, *users, *list);
    check_sockets(*settings, *users, *list);
    return summary(invocation, *list);
  }

 private:
  // nullopt: one is not known here, and looking as somebody else would prove nothing.
  std::optional<ServiceUsers> service_users(const Settings& settings, CheckList& list) const {
    const auto filter = find_user(filter_user_);
    const auto portal = find_user(portal_user_);
    const bool portal_needed = !settings.escrow_folder.empty();
    if (!filter) {
      list.no_user("--filter-user", filter_user_);
    }
    if (!portal && portal_needed) {
      list.no_user("--portal-user", portal_user_);
    }
    if (!filter || (!portal && portal_needed)) {
      return std::nullopt;
    }
    return ServiceUsers{*filter, portal ? *portal : *filter};
  }

  static Outcome summary(const Invocation& invocation, const CheckList& list) {
    if (list.problems() == 0) {
      invocation.out << "Everything is in order.\n";
      return Outcome::ok;
    }
    invocation.err << list.problems() << (list.problems() == 1 ? " problem.\n" : " problems.\n");
    return Outcome::problem;
  }

  std::string file_;
  std::string filter_user_ = "phimilter";
  std::string portal_user_ = "phiportal";
};

}  // namespace

std::unique_ptr<Verb> check_verb() {
  return std::make_unique<CheckVerb>();
}

}  // namespace phimilter::phictl
