// SPDX-License-Identifier: Apache-2.0
#include "phictl/key_stores.h"
#include "phictl/ownership.h"
#include "phictl/verb.h"
#include "protect/key_desk.h"

namespace phimilter::phictl {
namespace {

using protect::KeyKind;
using protect::NetAnswer;

std::string_view name_of(NetAnswer::Kind kind) {
  switch (kind) {
    case NetAnswer::Kind::found:
      return "found";
    case NetAnswer::Kind::none:
      return "none";
    case NetAnswer::Kind::unknown:
      break;
  }
  return "could not tell";
}

class KeysFindVerb final : public Verb {
 public:
  const VerbText& text() const override {
    static constexpr VerbText kText{
        "keys find", "Ask every source for the keys of an address, now",
        "First what the keyring and the certificates say, then each key server of the settings: "
        "found, none, or could not\n"
        "tell. What is found is kept as if a message had asked for it: pending, unless a rule "
        "trusts its source.",
        "phictl keys find dr.jones@hospital.example"};
    return kText;
  }

  std::vector<Argument> arguments() override {
    return {{"ADDRESS", &address_, "The recipient's mail address", "", true, {}}};
  }

  Outcome run(const Invocation& invocation) override {
    const auto address = mail::Address::parse(address_);
    if (!address) {
      return misused(invocation, "ADDRESS is no mail address");
    }
    const auto settings = invocation.settings();
    if (!settings) {
      return report(invocation, settings.error());
    }
    if (auto owner = become_owner_of(settings->keys_folder); !owner) {
      return report(invocation, owner.error());
    }
    std::unique_ptr<protect::Pgp> pgp;
    std::unique_ptr<protect::Smime> smime;
    if (auto opened = open_stores(*settings, pgp, smime); !opened) {
      return report(invocation, opened.error());
    }
    const auto desk = protect::KeyDesk::open(*settings, pgp.get(), smime.get());
    if (!desk) {
      return report(invocation, desk.error());
    }
    const auto reports = (*desk)->finder() == nullptr ? std::vector<protect::ServerReport>()
                                                      : (*desk)->finder()->ask_all(*address);
    print_reports(invocation.out, reports);
    for (const KeyKind kind : {KeyKind::smime, KeyKind::pgp}) {
      print_fact(invocation.out, kind, (*desk)->find(kind, *address, system_clock().now()));
    }
    return Outcome::ok;
  }

 private:
  static Status open_stores(const Settings& settings, std::unique_ptr<protect::Pgp>& pgp,
                            std::unique_ptr<protect::Smime>& smime) {
    if (!settings.smime_certificates.empty()) {
      auto opened = open_certificates(settings);
      if (!opened) {
        return fail(opened);
      }
      smime = std::move(*opened);
    }
    if (!settings.pgp_home.empty()) {
      auto opened = open_keyring(settings);
      if (!opened) {
        return fail(opened);
      }
      pgp = std::move(*opened);
    }
    return {};
  }

  static void print_reports(std::ostream& out, const std::vector<protect::ServerReport>& reports) {
    for (const auto& each : reports) {
      out << each.source << " at " << each.host << ": " << name_of(each.answer) << " (" << each.why
          << ")\n";
      for (const std::string& key : each.keys) {
        out << "  " << key << "\n";
      }
    }
    if (reports.empty()) {
      out << "No key server is asked about this address; see keys.wkd and keys.ldap.\n";
    }
  }

  static void print_fact(std::ostream& out, KeyKind kind, const policy::KeyFact& fact) {
    out << to_string(kind) << ": " << policy::to_string(fact.state);
    if (fact.fingerprint) {
      out << ", " << fact.fingerprint->str();
    }
    out << (fact.source.empty() ? "" : ", from " + fact.source) << "\n";
  }

  std::string address_;
};

}  // namespace

std::unique_ptr<Verb> keys_find_verb() {
  return std::make_unique<KeysFindVerb>();
}

}  // namespace phimilter::phictl
