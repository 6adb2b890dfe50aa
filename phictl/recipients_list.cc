// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "phictl/recipients_open.h"
#include "phictl/verb.h"

namespace phimilter::phictl {
namespace {

class RecipientsListVerb final : public Verb {
 public:
  const VerbText& text() const override {
    static constexpr VerbText kText{
        "recipients list", "List who is on file, with language, proof and consent",
        "Addresses stand sealed in the folder: run it where portal.private_key can be read. "
        "Entries of an older\n"
        "version have no address until they are written again.",
        "phictl recipients list --consent expired"};
    return kText;
  }

  std::vector<Argument> arguments() override {
    return {{"--consent",
             &consent_,
             "Only those whose consent is so",
             "STATE",
             false,
             {"none", "given", "expired"}},
            {"--json", &json_, "The same for programs", "", false, {}}};
  }

  Outcome run(const Invocation& invocation) override {
    const auto settings = invocation.settings();
    if (!settings) {
      return report(invocation, settings.error());
    }
    const auto store = open_recipients(*settings, RecipientAccess::addresses);
    if (!store) {
      return report(invocation, store.error());
    }
    auto listed = (*store)->list();
    if (!listed) {
      return report(invocation, listed.error());
    }
    std::erase_if(*listed, [&](const escrow::ListedRecipient& one) {
      return !consent_.empty() &&
             escrow::to_string(escrow::consent_on(one.entry, today())) != consent_;
    });
    json_ ? print_json(invocation.out, *listed) : print(invocation.out, *listed);
    return Outcome::ok;
  }

 private:
  static void print(std::ostream& out, const std::vector<escrow::ListedRecipient>& listed) {
    std::vector<std::vector<std::string>> rows = {{"ADDRESS", "LANGUAGE", "PROOF", "CONSENT"}};
    for (const escrow::ListedRecipient& one : listed) {
      rows.push_back({one.address.empty() ? "-" : one.address,
                      one.entry.language.empty() ? "-" : one.entry.language,
                      one.entry.has_proof ? "yes" : "no", consent_for_people(one.entry)});
    }
    write_table(out, rows);
  }

  static void print_json(std::ostream& out, const std::vector<escrow::ListedRecipient>& listed) {
    auto all = nlohmann::ordered_json::array();
    for (const escrow::ListedRecipient& one : listed) {
      all.push_back({{"address", one.address},
                     {"language", one.entry.language},
                     {"proof", one.entry.has_proof},
                     {"consent", escrow::to_string(escrow::consent_on(one.entry, today()))},
                     {"consent_date", one.entry.consent_date},
                     {"consent_version", one.entry.consent_version},
                     {"consent_expires", one.entry.consent_expires}});
    }
    out << all.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
  }

  std::string consent_;
  bool json_ = false;
};

}  // namespace

std::unique_ptr<Verb> recipients_list_verb() {
  return std::make_unique<RecipientsListVerb>();
}

}  // namespace phimilter::phictl
