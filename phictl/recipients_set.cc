// SPDX-License-Identifier: Apache-2.0
//
// `recipients show` and `recipients set`: one person's entry.
#include "phictl/recipients_open.h"
#include "phictl/verb.h"

namespace phimilter::phictl {
namespace {

constexpr std::string_view kNone = "none";

Outcome print(const Invocation& invocation, const escrow::RecipientEntry& entry) {
  invocation.out << "language: " << (entry.language.empty() ? "-" : entry.language) << "\n"
                 << "proof:    " << (entry.has_proof ? "on file" : "none") << "\n"
                 << "consent:  " << consent_for_people(entry) << "\n";
  return Outcome::ok;
}

class RecipientsShowVerb final : public Verb {
 public:
  const VerbText& text() const override {
    static constexpr VerbText kText{
        "recipients show", "Say what is on file for one recipient",
        "Language, whether there is a proof (never which), and the consent to mail without "
        "protection: whether it\n"
        "holds today, since when, to which text and until when. Ends with 1 when nothing is on "
        "file.",
        "phictl recipients show mira.solano@mail.example"};
    return kText;
  }
  std::vector<Argument> arguments() override {
    return {{"ADDRESS", &address_, "Whose", "", true, {}}};
  }
  Outcome run(const Invocation& invocation) override {
    const auto settings = invocation.settings();
    const auto address = mail::Address::parse(address_);
    if (!settings || !address) {
      return report(invocation, settings ? address.error() : settings.error());
    }
    const auto store = open_recipients(*settings, RecipientAccess::read);
    if (!store) {
      return report(invocation, store.error());
    }
    const auto entry = (*store)->find(*address);
    if (!entry) {
      return report(invocation, entry.error());
    }
    if (!*entry) {
      invocation.err << "phictl: nothing is on file for this address\n";
      return Outcome::problem;
    }
    return print(invocation, **entry);
  }

 private:
  std::string address_;
};

class RecipientsSetVerb final : public Verb {
 public:
  const VerbText& text() const override {
    static constexpr VerbText kText{
        "recipients set", "Put one recipient's language or consent on file, or take it away",
        "What is not named stays as it is. With --consent-date none the consent is withdrawn, "
        "version and expiry\n"
        "with it. A consent lets mail leave without protection only where a route asks for it "
        "(consent = \"given\"\n"
        "in a policy file), and never what is sensitive. It is in the journal, with your name, "
        "before "
        "it is done.",
        "phictl recipients set pat@mail.example --consent-date 2026-11-20 --consent-version 2"};
    return kText;
  }
  std::vector<Argument> arguments() override {
    return {
        {"ADDRESS", &address_, "Whose", "", true, {}},
        {"--language", &language_, "Of notices and pages", "CODE", false, {"en", "es", "none"}},
        {"--consent-date", &date_, "YYYY-MM-DD, or none", "DAY", false, {}},
        {"--consent-version", &version_, "Of the text that was signed", "TEXT", false, {}},
        {"--consent-expires", &expires_, "YYYY-MM-DD, the last day, or none", "DAY", false, {}}};
  }
  Outcome run(const Invocation& invocation) override {
    const auto settings = invocation.settings();
    const auto address = mail::Address::parse(address_);
    if (!settings || !address) {
      return report(invocation, settings ? address.error() : settings.error());
    }
    const auto store = open_recipients(*settings, RecipientAccess::write);
    if (!store) {
      return report(invocation, store.error());
    }
    const auto held = (*store)->hold(escrow::kHoldPatience);
    auto found = (*store)->find(*address);
    if (!held || !found) {
      return report(invocation, held ? found.error() : held.error());
    }
    escrow::RecipientEntry entry = found->value_or(escrow::RecipientEntry{});
    change(entry);
    if (const std::string wrong = complaint(entry); !wrong.empty()) {
      return misused(invocation, wrong);
    }
    if (const auto written = (*store)->put(*address, entry, std::nullopt); !written) {
      return report(invocation, written.error());
    }
    return print(invocation, entry);
  }

 private:
  static void take(const std::string& said, std::string& into) {
    if (!said.empty()) {
      into = said == kNone ? "" : said;
    }
  }

  void change(escrow::RecipientEntry& entry) const {
    take(language_, entry.language);
    if (date_ == kNone) {
      entry.consent_date = entry.consent_version = entry.consent_expires = "";
    } else {
      take(date_, entry.consent_date);
    }
    take(version_, entry.consent_version);
    take(expires_, entry.consent_expires);
  }

  static std::string complaint(const escrow::RecipientEntry& entry) {
    for (const auto& [name, day] : {std::pair{"--consent-date", &entry.consent_date},
                                    std::pair{"--consent-expires", &entry.consent_expires}}) {
      const std::string wrong = day->empty() ? "" : escrow::wrong_day(*day);
      if (!wrong.empty()) {
        return std::string(name) + ": " + wrong;
      }
    }
    const std::string wrong = escrow::wrong_version(entry.consent_version);
    return wrong.empty() ? escrow::wrong_consent(entry) : "--consent-version: " + wrong;
  }

  std::string address_, language_, date_, version_, expires_;
};

}  // namespace

std::unique_ptr<Verb> recipients_show_verb() {
  return std::make_unique<RecipientsShowVerb>();
}

std::unique_ptr<Verb> recipients_set_verb() {
  return std::make_unique<RecipientsSetVerb>();
}

}  // namespace phimilter::phictl
