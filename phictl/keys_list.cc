// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "phictl/key_stores.h"
#include "phictl/ownership.h"
#include "phictl/verb.h"

namespace phimilter::phictl {
namespace {

struct KeyRow {
  std::string kind;
  std::vector<std::string> addresses;
  std::string state;
  Timestamp expires{};
  std::string algorithm, fingerprint;
};

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) {
    text += (text.empty() ? "" : ", ") + word;
  }
  return text;
}

class KeysListVerb final : public Verb {
 public:
  const VerbText& text() const override {
    static constexpr VerbText kText{"keys list",
                                    "List recipients' OpenPGP keys and S/MIME certificates",
                                    "Only a key in state `valid` is used; an expired, revoked or "
                                    "unusable one is as good as none, and the\n"
                                    "recipient's mail takes the next method.",
                                    "phictl keys list"};
    return kText;
  }

  std::vector<Argument> arguments() override {
    return {{"--json", &json_, "The same for programs", "", false, {}}};
  }

  Outcome run(const Invocation& invocation) override {
    const auto settings = invocation.settings();
    if (!settings) {
      return report(invocation, settings.error());
    }
    if (settings->pgp_home.empty() && settings->smime_certificates.empty()) {
      return report(invocation,
                    configuration_fault("phictl.keys",
                                        "neither pgp.home nor smime.certificates is set; "
                                        "there is no place for keys"));
    }
    std::vector<KeyRow> rows;
    Outcome outcome = Outcome::ok;
    // Certificates first: gpg runs as the keyring's owner, and there is no way back from that.
    for (const auto gather : {add_certificates, add_pgp_keys}) {
      if (auto added = gather(*settings, rows); !added) {
        outcome = report(invocation, added.error());
      }
    }
    json_ ? print_json(invocation.out, rows) : print(invocation.out, rows);
    return outcome;
  }

 private:
  static Status add_certificates(const Settings& settings, std::vector<KeyRow>& rows) {
    if (settings.smime_certificates.empty()) {
      return {};
    }
    const auto smime = open_certificates(settings);
    if (!smime) {
      return fail(smime.error());
    }
    const auto list = (*smime)->list();
    if (!list) {
      return fail(list.error());
    }
    for (const auto& found : *list) {
      rows.push_back({"smime", found.addresses, std::string(policy::to_string(found.state)),
                      found.expires, found.algorithm, found.fingerprint.str()});
    }
    return {};
  }

  static Status add_pgp_keys(const Settings& settings, std::vector<KeyRow>& rows) {
    if (settings.pgp_home.empty()) {
      return {};
    }
    if (auto owner = become_owner_of(settings.pgp_home); !owner) {
      return fail(owner);
    }
    const auto pgp = open_keyring(settings);
    if (!pgp) {
      return fail(pgp.error());
    }
    const auto list = (*pgp)->list();
    if (!list) {
      return fail(list.error());
    }
    for (const auto& found : *list) {
      rows.push_back({"pgp", found.addresses, std::string(policy::to_string(found.state)),
                      found.expires, found.algorithm, found.fingerprint.str()});
    }
    return {};
  }

  static void print(std::ostream& out, const std::vector<KeyRow>& keys) {
    if (keys.empty()) {
      out << "No keys. `phictl keys import FILE` puts one in.\n";
      return;
    }
    std::vector<std::vector<std::string>> rows = {
        {"KIND", "STATE", "EXPIRES", "ALGORITHM", "ADDRESSES", "FINGERPRINT"}};
    for (const KeyRow& key : keys) {
      rows.push_back({key.kind, key.state,
                      key.expires == Timestamp{} ? "never" : for_people(key.expires), key.algorithm,
                      joined(key.addresses), key.fingerprint});
    }
    write_table(out, rows);
  }

  static void print_json(std::ostream& out, const std::vector<KeyRow>& keys) {
    auto list = nlohmann::ordered_json::array();
    for (const KeyRow& key : keys) {
      nlohmann::ordered_json entry = {{"kind", key.kind},
                                      {"state", key.state},
                                      {"addresses", key.addresses},
                                      {"algorithm", key.algorithm},
                                      {"fingerprint", key.fingerprint},
                                      {"expires", nullptr}};
      if (key.expires != Timestamp{}) {
        entry["expires"] = rfc3339(key.expires);
      }
      list.push_back(std::move(entry));
    }
    out << list.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
  }

  bool json_ = false;
};

}  // namespace

std::unique_ptr<Verb> keys_list_verb() {
  return std::make_unique<KeysListVerb>();
}

}  // namespace phimilter::phictl
