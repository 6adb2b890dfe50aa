// SPDX-License-Identifier: Apache-2.0
#include "phictl/certs_report.h"
#include "phictl/key_trust.h"
#include "phictl/ownership.h"
#include "phictl/verb.h"

namespace phimilter::phictl {
namespace {

class CertsRemoveVerb final : public Verb {
 public:
  const VerbText& text() const override {
    static constexpr VerbText kText{
        "certs remove", "Take recipients' S/MIME certificates out again",
        "WHAT is a fingerprint, its first 8 or more digits, or an address, which means all its "
        "certificates. From the\n"
        "next message on they are not used, and are refused where they come from elsewhere, until "
        "`phictl certs import`\n"
        "or `phictl keys trust` says otherwise; what was encrypted to them stays readable for "
        "their owners. A file\n"
        "that holds other certificates too keeps those.",
        "phictl certs remove 3fa94c1e"};
    return kText;
  }

  std::vector<Argument> arguments() override {
    return {{"WHAT", &what_, "Fingerprints or addresses", "", true, {}},
            {"--dry-run", &dry_run_, "Say what would happen, and change nothing", "", false, {}}};
  }

  Outcome run(const Invocation& invocation) override {
    const auto settings = invocation.settings();
    if (!settings) {
      return report(invocation, settings.error());
    }
    const std::string person = this_person();
    if (auto owner = become_owner_of(settings->smime_certificates);
        !settings->smime_certificates.empty() && !owner) {
      return report(invocation, owner.error());
    }
    auto desk = open_desk(*settings);
    if (!desk) {
      return report(invocation, desk.error());
    }
    Outcome outcome = Outcome::ok;
    for (const std::string& what : what_) {
      const auto gone = remove(**desk, *settings, what, person);
      if (!gone) {
        outcome = report(invocation, gone.error());
        continue;
      }
      for (const auto& each : *gone) {
        print_certificate(invocation.out,
                          dry_run_ ? "would be removed:" : "removed:", *each.certificate);
      }
    }
    return outcome;
  }

 private:
  // Refused before it is taken out: the next mail that brings it must find the refusal.
  Result<std::vector<protect::CertificateOutcome>> remove(protect::CertificateDesk& desk,
                                                          const Settings& settings,
                                                          const std::string& what,
                                                          const std::string& person) const {
    auto meant = desk.remove(what, true);
    if (!meant || dry_run_) {
      return meant;
    }
    for (const auto& each : *meant) {
      auto refused = refuse_certificate(settings, *each.certificate, each.pem, person);
      if (!refused) {
        return fail(refused);
      }
    }
    return desk.remove(what, false);
  }

  std::vector<std::string> what_;
  bool dry_run_ = false;
};

}  // namespace

std::unique_ptr<Verb> certs_remove_verb() {
  return std::make_unique<CertsRemoveVerb>();
}

}  // namespace phimilter::phictl
