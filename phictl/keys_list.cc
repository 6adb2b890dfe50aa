// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "phictl/key_stores.h"
#include "phictl/key_trust.h"
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
  std::string reason{};  // why it is not used
};

// What waits for somebody's word, or had it.
struct WaitingRow {
  std::string kind, address, trust, source, by, fingerprint;
  Timestamp first_seen{};
  bool replaces = false;  // another key was used for the address before
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
                                    "recipient's mail takes the next method. Keys that "
                                    "were found or learned stand below, with their\n"
                                    "source and age: a pending one waits for `phictl keys trust`.",
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
    std::vector<WaitingRow> waiting;
    Outcome outcome = Outcome::ok;
    std::vector<std::string> full;
    if (auto added = add_waiting(*settings, waiting, full); !added) {
      outcome = report(invocation, added.error());
    }
    // Certificates first: gpg runs as the keyring's owner, and there is no way back from that.
    for (const auto gather : {add_certificates, add_pgp_keys}) {
      if (auto added = gather(*settings, rows); !added) {
        outcome = report(invocation, added.error());
      }
    }
    if (json_) {
      print_json(invocation.out, rows, waiting);
    } else if (outcome == Outcome::ok || !rows.empty() || !waiting.empty()) {
      print(invocation.out, rows, waiting);
    }
    for (const std::string& what : json_ ? std::vector<std::string>() : full) {
      invocation.out << "\nFrom mail no more " << what << " are learned: there are as many as are "
                     << "kept. `phictl keys refuse` makes room.\n";
    }
    return outcome;
  }

 private:
  // `full`: of whom no more is learned.
  static Status add_waiting(const Settings& settings, std::vector<WaitingRow>& rows,
                            std::vector<std::string>& full) {
    const auto book = open_key_book(settings);
    if (!book) {
      return fail(book.error());
    }
    const Result<std::vector<protect::KeyRecord>> records =
        *book == nullptr ? std::vector<protect::KeyRecord>() : (*book)->all();
    if (!records) {
      return fail(records.error());
    }
    for (const protect::KeyRecord& record : *records) {
      if (protect::is_full(record)) {
        full.push_back(std::string(to_string(record.kind)) + " keys of " + record.owner);
      }
      for (const protect::Candidate& each : record.candidates) {
        rows.push_back({std::string(to_string(record.kind)), record.owner,
                        std::string(to_string(each.trust)), each.source, each.decided_by,
                        each.fingerprint.str(), each.first_seen,
                        record.pin && record.pin->fingerprint != each.fingerprint});
      }
    }
    return {};
  }

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
                      found.expires, found.algorithm, found.fingerprint.str(), found.reason});
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
                      found.expires, found.algorithm, found.fingerprint.str(), found.reason});
    }
    return settings.pgp_sign_key.empty() ? Status()
                                         : add_signing_key(settings.pgp_sign_key, **pgp, rows);
  }

  // The organisation's own, tried out.
  static Status add_signing_key(const std::string& name, protect::Pgp& pgp,
                                std::vector<KeyRow>& rows) {
    const auto fingerprint = typed_fingerprint(name);
    if (!fingerprint) {
      return fail(configuration_fault("pgp.sign_key", "pgp.sign_key is no fingerprint"));
    }
    const auto tried = pgp.try_signing(*fingerprint);
    KeyRow row{.kind = "pgp-signing",
               .addresses = {},
               .state = tried ? "valid" : "unusable",
               .algorithm = {},
               .fingerprint = fingerprint->str()};
    for (const KeyRow& each : rows) {
      if (each.fingerprint == row.fingerprint) {
        row.addresses = each.addresses;
        row.expires = each.expires;
      }
    }
    rows.push_back(std::move(row));
    return tried;
  }

  static void print(std::ostream& out, const std::vector<KeyRow>& keys,
                    const std::vector<WaitingRow>& waiting) {
    print_keys(out, keys);
    std::vector<std::vector<std::string>> rows = {
        {"TRUST", "KIND", "SOURCE", "SINCE", "ADDRESS", "FINGERPRINT"}};
    for (const WaitingRow& key : waiting) {
      const bool changed = key.trust == "pending" && key.replaces;
      const bool beside = key.trust == "pending" && !key.by.empty();
      const std::string trust = beside    ? "pending (" + key.by + ")"
                                : changed ? "pending (changed)"
                                          : key.trust;
      rows.push_back(
          {trust, key.kind, key.source, for_people(key.first_seen), key.address, key.fingerprint});
    }
    if (!waiting.empty()) {
      out << "\n";
      write_table(out, rows);
    }
  }

  static void print_keys(std::ostream& out, const std::vector<KeyRow>& keys) {
    if (keys.empty()) {
      out << "No keys. `phictl keys import FILE` puts one in.\n";
      return;
    }
    std::vector<std::vector<std::string>> rows = {
        {"KIND", "STATE", "EXPIRES", "ALGORITHM", "ADDRESSES", "FINGERPRINT", "WHY"}};
    for (const KeyRow& key : keys) {
      rows.push_back({key.kind, key.state,
                      key.expires == Timestamp{} ? "never" : for_people(key.expires), key.algorithm,
                      joined(key.addresses), key.fingerprint, key.reason});
    }
    write_table(out, rows);
  }

  static void print_json(std::ostream& out, const std::vector<KeyRow>& keys,
                         const std::vector<WaitingRow>& waiting) {
    auto list = nlohmann::ordered_json::array();
    for (const KeyRow& key : keys) {
      nlohmann::ordered_json entry = {{"kind", key.kind},
                                      {"state", key.state},
                                      {"addresses", key.addresses},
                                      {"algorithm", key.algorithm},
                                      {"fingerprint", key.fingerprint},
                                      {"reason", key.reason},
                                      {"expires", nullptr}};
      if (key.expires != Timestamp{}) {
        entry["expires"] = rfc3339(key.expires);
      }
      list.push_back(std::move(entry));
    }
    for (const WaitingRow& key : waiting) {
      list.push_back({{"kind", key.kind},
                      {"state", key.trust},
                      {"addresses", {key.address}},
                      {"fingerprint", key.fingerprint},
                      {"source", key.source},
                      {"first_seen", rfc3339(key.first_seen)},
                      {"decided_by", key.by},
                      {"changed", key.replaces}});
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
