// SPDX-License-Identifier: Apache-2.0
#include "base/limits.h"
#include "phictl/certs_report.h"
#include "phictl/ownership.h"
#include "phictl/verb.h"

namespace phimilter::phictl {
namespace {

constexpr std::size_t kLongestFile = 64 * limits::kMiB;

class CertsImportVerb final : public Verb {
 public:
  const VerbText& text() const override {
    static constexpr VerbText kText{
        "certs import", "Put recipients' S/MIME certificates where the filter finds them",
        "Each FILE is looked at, whatever its name: PEM with any number of certificates, DER, or a "
        "PKCS #7 bundle\n"
        "(.p7b, .p7c, .p7s). Each certificate is judged as at use: key, key usage, extended key "
        "usage, dates, the\n"
        "chain to smime.ca_file, revocation. What is good goes into smime.certificates, the CA "
        "certificates between\n"
        "too; what is not is refused with the reason, and the others are taken all the same. Where "
        "smime.ca_file is\n"
        "not set, importing is trusting: compare the fingerprints with their owners. The filter "
        "need not be told.",
        "phictl certs import --dry-run hospital.p7b"};
    return kText;
  }

  std::vector<Argument> arguments() override {
    return {{"FILE", &files_, "Certificate files; - for standard input", "", true, {}},
            {"--dry-run", &dry_run_, "Say what would happen, and change nothing", "", false, {}}};
  }

  Outcome run(const Invocation& invocation) override {
    const auto settings = invocation.settings();
    if (!settings) {
      return report(invocation, settings.error());
    }
    const std::string person = this_person();
    Outcome result = Outcome::ok;
    protect::CertificateDesk::Files files;
    for (const std::string& file : files_) {
      auto bytes = read_input(invocation, file, kLongestFile);
      if (bytes) {
        files.emplace_back(file, std::move(*bytes));
      } else {
        result = report(invocation, bytes.error());
      }
    }
    if (auto owner = become_owner_of(settings->smime_certificates);
        !settings->smime_certificates.empty() && !owner) {
      return report(invocation, owner.error());
    }
    const Outcome imported = import_certificates(
        invocation, *settings, files, dry_run_ ? ImportMode::dry_run : ImportMode::each, person);
    return result == Outcome::ok ? imported : result;
  }

 private:
  std::vector<std::string> files_;
  bool dry_run_ = false;
};

}  // namespace

std::unique_ptr<Verb> certs_import_verb() {
  return std::make_unique<CertsImportVerb>();
}

}  // namespace phimilter::phictl
