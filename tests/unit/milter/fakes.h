// SPDX-License-Identifier: Apache-2.0
//
// Everything that the pipeline borrows, in memory, each able to fail on its n-th call.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "milter/pipeline.h"

namespace phimilter::milter::test {

// Counts calls; the `fail_at`-th (from 1) fails, and all from the `fail_from`-th on.
struct Failing {
  int calls = 0;
  int fail_at = 0;
  int fail_from = 0;
  bool fails() {
    ++calls;
    return calls == fail_at || (fail_from > 0 && calls >= fail_from);
  }
};

inline Fault made_fault(const char* id) {
  return transient_fault(id, "made to fail");
}

class FakeExtractor final : public extract::Extractor {
 public:
  Result<extract::MessageText> extract(const mail::CapturedMessage& message) override {
    if (failing.fails()) {
      return fail(made_fault("extract.fake"));
    }
    seen = message.headers.text() + "\r\n" + std::string(message.body.view().value());
    extract::MessageText text;
    text.parts.push_back({.path = "1",
                          .kind = extract::PartKind::body,
                          .media_type = "text/plain",
                          .text = std::string(message.body.view().value()),
                          .opaque = {}});
    return text;
  }
  Failing failing;
  std::string seen;
};

// The treatment of each address; any other: pass. "PHI" in the text is a finding.
class FakePolicy final : public policy::Policy {
 public:
  policy::Findings detect(const extract::MessageText& text,
                          const policy::MessageContext& /*context*/) const override {
    policy::Findings findings;
    const auto at = text.parts.front().text.find("PHI");
    if (at != std::string::npos && !blind) {
      findings.items.push_back({"fake", "id.mrn", 0, at, 3, 100});
    }
    return findings;
  }
  std::vector<std::string> mark_headers() const override { return {"X-Phi-Secure"}; }
  Result<policy::Decision> decide(
      const extract::MessageText& /*text*/, const policy::Findings& findings,
      const policy::MessageContext& context,
      std::span<const policy::RecipientFacts> recipients) const override {
    if (undecidable) {
      return fail(fault);
    }
    policy::Decision decision;
    decision.scope = scope;
    decision.policy_version = version_;
    for (const policy::RecipientFacts& recipient : recipients) {
      policy::Treatment treatment;
      const auto known = methods.find(recipient.address.key());
      treatment.method =
          findings.items.empty() || known == methods.end() ? policy::Method::pass : known->second;
      if (context.released && treatment.method == policy::Method::hold) {
        treatment.method = policy::Method::portal;
      }
      if (treatment.method == policy::Method::pgp) {
        treatment.key =
            FingerprintId::parse(std::string(40, recipient.address.key()[0] == 'a' ? 'a' : 'b'));
      }
      if (treatment.method == policy::Method::smime) {
        treatment.key = FingerprintId::parse(std::string(64, 'c'));
      }
      treatment.terms = terms;
      decision.treatments.push_back(treatment);
    }
    if (!findings.items.empty()) {
      decision.rules.push_back({"phi.fake", "protect", false, {0}});
    }
    if (marked) {
      decision.marks.push_back({"portal", "raised", ""});
      for (std::size_t i = 0; i < recipients.size(); ++i) {
        decision.treatments[i].method =
            recipients[i].internal ? policy::Method::pass : policy::Method::portal;
      }
    }
    if (scope == policy::Scope::monitor) {
      decision.would_have = decision.treatments;
      policy::Treatment pass;
      pass.method = policy::Method::pass;
      decision.treatments.assign(recipients.size(), pass);
    }
    return decision;
  }
  const std::string& version() const override { return version_; }

  std::map<std::string, policy::Method> methods;
  policy::Terms terms;
  policy::Scope scope = policy::Scope::phi;
  bool undecidable = false;
  bool blind = false;   // finds nothing
  bool marked = false;  // by the sender: the portal for everybody outside
  Fault fault = made_fault("policy.fake");

 private:
  std::string version_ = "0123456789abcdef";
};

class FakePgp final : public protect::Pgp {
 public:
  policy::KeyFact find(const mail::Address& address, Timestamp /*now*/) override {
    ++look_ups;
    const auto known = known_keys.find(address.key());
    return known == known_keys.end() ? policy::KeyFact{policy::KeyState::valid, {}, "fake"}
                                     : known->second;
  }
  Result<protect::ProtectedMessage> encrypt(const mail::CapturedMessage& message,
                                            std::span<const FingerprintId> keys,
                                            const std::string& spool_folder) override;
  Result<std::vector<protect::KeyDescription>> list() override { return {}; }
  Result<std::vector<protect::KeyDescription>> import(std::string_view /*bytes*/) override {
    return {};
  }
  Failing failing;
  Fault fault = made_fault("pgp.fake");
  int look_ups = 0;
  std::map<std::string, policy::KeyFact> known_keys;
  std::vector<std::size_t> key_counts;
};

class FakeVault final : public escrow::VaultWriter {
 public:
  struct Entry {
    std::string recipient, subject, question, answer, message;
    bool noticed = false, released = false;
    bool may_reply_all = false, may_forward = false;
  };
  Status seal(const escrow::EntryFacts& facts, const std::optional<escrow::Proof>& proof,
              const std::function<Status(mail::ByteSink&)>& write_message) override {
    if (sealing.fails()) {
      return fail(fault);
    }
    mail::StringSink sink;
    if (auto written = write_message(sink); !written) {
      return written;
    }
    Entry& entry = entries[facts.id.str()];
    entry.recipient = facts.recipient;
    entry.subject = facts.subject;
    entry.may_reply_all = facts.may_reply_all;
    entry.may_forward = facts.may_forward;
    entry.message = sink.text;
    if (proof) {
      entry.question = proof->question;
      entry.answer = std::string(proof->answer.view());
    }
    return {};
  }
  Status mark_noticed(const EscrowId& id) override {
    if (marking.fails()) {
      return fail(fault);
    }
    entries.at(id.str()).noticed = true;
    return {};
  }
  Status retract(const EscrowId& /*id*/, const std::string& /*by*/, Timestamp /*now*/) override {
    return {};
  }
  Status mark_released(const EscrowId& id) override {
    if (releasing.fails()) {
      return fail(fault);
    }
    entries.at(id.str()).released = true;
    return {};
  }
  Result<std::optional<escrow::EntryStatus>> status(const EscrowId& id,
                                                    Timestamp /*now*/) override {
    if (looking.fails()) {
      return fail(fault);
    }
    const auto found = entries.find(id.str());
    if (found == entries.end()) {
      return std::nullopt;
    }
    using escrow::EntryState;
    return escrow::EntryStatus{
        id, found->second.released ? EntryState::released : EntryState::open, {}, {}, 0};
  }
  Status extend(const EscrowId& /*id*/, const escrow::Extension& /*extension*/,
                const Secret& /*act_key*/) override {
    return {};
  }
  Status ask_unlock(const EscrowId& /*id*/, const escrow::Act& /*act*/,
                    const Secret& /*act_key*/) override {
    return {};
  }
  Result<std::vector<escrow::EntryStatus>> list(Timestamp /*now*/) override { return {}; }

  Failing sealing, marking, releasing, looking;
  Fault fault = made_fault("escrow.fake");
  std::map<std::string, Entry> entries;
};

class FakeJournal final : public audit::Journal {
 public:
  using audit::Journal::append;
  Result<std::uint64_t> append(std::span<const audit::Record> given) override {
    if (failing.fails()) {
      return fail(fault);
    }
    for (audit::Record record : given) {
      record.time = Timestamp(std::chrono::seconds(1'800'000'000));
      records.push_back(std::move(record));
    }
    return records.size();
  }
  std::uint64_t last_sequence() const override { return records.size(); }
  std::uint64_t wait_for_more(std::uint64_t /*after*/, std::int64_t /*timeout_ms*/) override {
    return records.size();
  }
  Failing failing;
  Fault fault = made_fault("audit.journal_fake");
  std::vector<audit::Record> records;
};

// What the MTA took back, by recipient.
class FakeSender final : public delivery::CopySender {
 public:
  struct Sent {
    delivery::Way way;
    std::string reverse_path;
    std::vector<std::string> recipients;
    std::string headers, body;
  };
  Result<delivery::SmtpOutcome> send(delivery::Way way, const std::string& /*helo*/,
                                     const delivery::Outgoing& outgoing) override {
    if (failing.fails()) {
      return fail(made_fault("smtp.fake"));
    }
    for (const delivery::OutgoingRecipient& recipient : outgoing.recipients) {
      if (const auto refused = whole.find(recipient.path); refused != whole.end()) {
        return fail(transient_fault("smtp.refused", "made to fail")
                        .with("step", "end of data")
                        .with("code", std::to_string(refused->second))
                        .with("enhanced", "5.3.4"));
      }
    }
    delivery::SmtpOutcome outcome;
    Sent copy{way, outgoing.reverse_path, {}, outgoing.headers->text(), std::string(outgoing.body)};
    for (const delivery::OutgoingRecipient& recipient : outgoing.recipients) {
      const auto scripted = codes.find(recipient.path);
      const int code = scripted == codes.end() ? 250 : scripted->second;
      outcome.recipients.push_back({code, code == 550 ? "5.1.1" : code == 554 ? "5.7.1" : ""});
      if (code == 250) {
        copy.recipients.push_back(recipient.path);
      }
    }
    if (!copy.recipients.empty()) {
      sent.push_back(std::move(copy));
    }
    return outcome;
  }
  // Copies of the message (not failure notices) that reached `path`.
  std::size_t count(const std::string& path) const {
    std::size_t number = 0;
    for (const Sent& copy : sent) {
      number += static_cast<std::size_t>(
          std::count(copy.recipients.begin(), copy.recipients.end(), path));
    }
    return number;
  }
  Failing failing;
  std::map<std::string, int> codes;
  std::map<std::string, int> whole;  // a copy to it is refused after its final dot
  std::vector<Sent> sent;
};

class FakeEditor final : public MessageEditor {
 public:
  Status apply(const mail::EditPlan& given, std::string_view body) override {
    if (failing.fails()) {
      return fail(made_fault("milter.fake"));
    }
    plan = given;
    new_body = std::string(body);
    applied = true;
    return {};
  }
  bool mta_waits() override { return !asking.fails(); }
  Failing failing, asking;
  mail::EditPlan plan;
  std::string new_body;
  bool applied = false;
};

}  // namespace phimilter::milter::test
