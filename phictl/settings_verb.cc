// SPDX-License-Identifier: Apache-2.0
#include "phictl/verb.h"

namespace phimilter::phictl {
namespace {

class SettingsVerb final : public Verb {
 public:
  const VerbText& text() const override {
    static constexpr VerbText kText{
        "settings", "Print every setting with its default and its meaning",
        "The answer is a settings file in which every line is commented out: the reference of this "
        "very\n"
        "version, and a start for a file of one's own. Nothing is read.",
        "phictl settings > phimilter.toml"};
    return kText;
  }

  Outcome run(const Invocation& invocation) override {
    invocation.out << settings_reference();
    return Outcome::ok;
  }
};

}  // namespace

std::unique_ptr<Verb> settings_verb() {
  return std::make_unique<SettingsVerb>();
}

}  // namespace phimilter::phictl
