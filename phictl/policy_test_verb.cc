// SPDX-License-Identifier: Apache-2.0
#include "phictl/verb.h"
#include "policy/policy.h"

namespace phimilter::phictl {
namespace {

class PolicyTestVerb final : public Verb {
 public:
  const VerbText& text() const override {
    static constexpr VerbText kText{
        "policy test", "Load rule files and run the tests that stand in them",
        "Files are read in the order given, as policy.files would: the shipped pack first, the "
        "site's own\n"
        "behind it. Without FILE, those of the settings. Every key is checked, every pattern "
        "compiled and\n"
        "every [[test]] run; the first thing that is wrong is said with file and line.",
        "phictl policy test /usr/share/phimilter/policy/packs/hipaa.toml site.toml"};
    return kText;
  }

  std::vector<Argument> arguments() override {
    return {{"FILE", &files_, "Rule files, in order; none: those of the settings", "", false, {}}};
  }

  Outcome run(const Invocation& invocation) override {
    if (files_.empty()) {
      const auto settings = invocation.settings();
      if (!settings) {
        return report(invocation, settings.error());
      }
      files_ = settings->policy_files;
    }
    if (files_.empty()) {
      return misused(invocation, "no rule file given, and the settings have no policy.files");
    }
    const auto policy = policy::load_policy(files_);
    if (!policy) {
      return report(invocation, policy.error());
    }
    invocation.out << "All tests passed: " << files_.size()
                   << (files_.size() == 1 ? " file" : " files") << ", policy version "
                   << (*policy)->version() << "\n";
    return Outcome::ok;
  }

 private:
  std::vector<std::string> files_;
};

}  // namespace

std::unique_ptr<Verb> policy_test_verb() {
  return std::make_unique<PolicyTestVerb>();
}

}  // namespace phimilter::phictl
