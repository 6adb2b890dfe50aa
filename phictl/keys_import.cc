// SPDX-License-Identifier: Apache-2.0
#include "base/limits.h"
#include "phictl/certificates.h"
#include "phictl/certs_report.h"
#include "phictl/key_stores.h"
#include "phictl/key_trust.h"
#include "phictl/ownership.h"
#include "phictl/verb.h"

namespace phimilter::phictl {
namespace {

constexpr std::size_t kLongestFile = 16 * limits::kMiB;

struct Inputs {
  protect::CertificateDesk::Files certificates;
  std::vector<std::pair<std::string, std::string>> pgp_keys;  // file, bytes
};

// Neither armor nor the first byte of a binary form: of DER, of an OpenPGP packet.
bool holds_no_key(std::string_view bytes) {
  constexpr unsigned char kDerSequence = 0x30, kPacket = 0x80;
  const auto first = static_cast<unsigned char>(bytes.empty() ? 0 : bytes.front());
  return bytes.find("-----BEGIN ") == std::string_view::npos && first != kDerSequence &&
         (first & kPacket) == 0;
}

class KeysImportVerb final : public Verb {
 public:
  const VerbText& text() const override {
    static constexpr VerbText kText{"keys import",
                                    "Put recipients' public keys where the filter finds them",
                                    "Each FILE is looked at, whatever its name: an X.509 "
                                    "certificate (PEM, DER or PKCS #7) goes into\n"
                                    "smime.certificates as with `phictl certs import`, an OpenPGP "
                                    "public key (armored or binary) "
                                    "goes into the keyring of pgp.home.\n"
                                    "Importing is trusting: mail to the addresses in a key is "
                                    "encrypted to it from now on, so compare the\n"
                                    "fingerprints that are printed with the owner, by telephone "
                                    "for example. The filter need not be\n"
                                    "restarted. All files are read before anything is written.",
                                    "phictl keys import dr-jones.asc lab-certificate.pem"};
    return kText;
  }

  std::vector<Argument> arguments() override {
    return {{"FILE", &files_, "Key or certificate files; - for standard input", "", true, {}}};
  }

  Outcome run(const Invocation& invocation) override {
    const auto settings = invocation.settings();
    if (!settings) {
      return report(invocation, settings.error());
    }
    const std::string person = this_person();
    auto inputs = read_inputs(invocation, *settings);
    if (!inputs) {
      return report(invocation, inputs.error());
    }
    // Both places belong to the filter's user; becoming it once serves both.
    const std::string& place =
        inputs->pgp_keys.empty() ? settings->smime_certificates : settings->pgp_home;
    if (auto owner = become_owner_of(place); !owner) {
      return report(invocation, owner.error());
    }
    if (!inputs->certificates.empty() &&
        import_certificates(invocation, *settings, inputs->certificates, ImportMode::all_or_none,
                            person) != Outcome::ok) {
      return Outcome::problem;
    }
    if (auto imported = import_pgp_keys(invocation, *settings, inputs->pgp_keys, person);
        !imported) {
      return report(invocation, imported.error());
    }
    return Outcome::ok;
  }

 private:
  Result<Inputs> read_inputs(const Invocation& invocation, const Settings& settings) const {
    Inputs inputs;
    for (const std::string& file : files_) {
      auto bytes = read_input(invocation, file, kLongestFile);
      if (!bytes) {
        return fail(bytes);
      }
      if (holds_no_key(*bytes)) {
        return fail(configuration_fault("phictl.no_key",
                                        "neither an OpenPGP key nor a certificate stands in the "
                                        "file, so nothing was imported")
                        .with("path", file));
      }
      auto& kind = looks_like_openpgp_key(*bytes) ? inputs.pgp_keys : inputs.certificates;
      kind.emplace_back(file, std::move(*bytes));
    }
    if (!inputs.certificates.empty() && settings.smime_certificates.empty()) {
      return fail(configuration_fault("phictl.no_place",
                                      "smime.certificates is not set; it names the folder for "
                                      "certificates"));
    }
    if (!inputs.pgp_keys.empty() && settings.pgp_home.empty()) {
      return fail(configuration_fault("phictl.no_place",
                                      "pgp.home is not set; it names the folder of the keyring"));
    }
    return inputs;
  }

  static Status import_pgp_keys(const Invocation& invocation, const Settings& settings,
                                const std::vector<std::pair<std::string, std::string>>& keys,
                                const std::string& person) {
    if (keys.empty()) {
      return {};
    }
    const auto pgp = open_keyring(settings);
    if (!pgp) {
      return fail(pgp.error());
    }
    for (const auto& [file, bytes] : keys) {
      auto imported = (*pgp)->import(bytes);
      if (!imported) {
        return fail(imported.error().with("path", file));
      }
      for (const auto& key : *imported) {
        print(invocation, "OpenPGP key", key.fingerprint, key.addresses, key.state);
        auto vouched =
            vouch_for(settings, protect::KeyKind::pgp, key.fingerprint, key.addresses, person);
        if (!vouched) {
          return vouched;
        }
      }
    }
    return {};
  }

  static void print(const Invocation& invocation, std::string_view kind,
                    const FingerprintId& fingerprint, const std::vector<std::string>& addresses,
                    policy::KeyState state) {
    invocation.out << kind << " " << fingerprint.str() << "\n";
    for (const std::string& address : addresses) {
      invocation.out << "  for " << address << "\n";
    }
    if (addresses.empty()) {
      invocation.out << "  for no address: it will never be used\n";
    }
    if (state != policy::KeyState::valid) {
      invocation.out << "  " << policy::to_string(state) << ": it will not be used\n";
    }
  }

  std::vector<std::string> files_;
};

}  // namespace

std::unique_ptr<Verb> keys_import_verb() {
  return std::make_unique<KeysImportVerb>();
}

}  // namespace phimilter::phictl
