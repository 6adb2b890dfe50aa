// SPDX-License-Identifier: Apache-2.0
#include "phictl/verb.h"
#include "policy/explain.h"
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
        "every [[test]] run; a test that fails is said with file, line, what was expected and what "
        "was found.",
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
    const auto tests = policy::test_policy(files_);
    if (!tests) {
      return report(invocation, tests.error());
    }
    std::size_t failed = 0;
    for (const policy::TestReport& test : *tests) {
      if (!test.passed) {
        ++failed;
        invocation.err << test.where << ": " << test.name << ": " << test.what << "\n";
      }
    }
    invocation.out << tests->size() << " tests, " << failed << " failed\n";
    if (failed != 0) {
      return Outcome::problem;
    }
    return print_version(invocation);
  }

 private:
  // The filter loads only what passes; this is the version that decision records will name.
  Outcome print_version(const Invocation& invocation) const {
    const auto policy = policy::load_policy(files_);
    if (!policy) {
      return report(invocation, policy.error());
    }
    for (const std::string& warning : (*policy)->warnings()) {
      invocation.err << warning << "\n";
    }
    invocation.out << "policy version " << (*policy)->version() << "\n";
    return Outcome::ok;
  }

  std::vector<std::string> files_;
};

}  // namespace

std::unique_ptr<Verb> policy_test_verb() {
  return std::make_unique<PolicyTestVerb>();
}

}  // namespace phimilter::phictl
