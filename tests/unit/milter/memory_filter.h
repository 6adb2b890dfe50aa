// SPDX-License-Identifier: Apache-2.0
//
// A whole pipeline over fakes.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "milter/fakes.h"

namespace phimilter::milter::test {

inline constexpr const char* kHeader =
    "From: lab@clinic.example\r\nTo: a@x.example, b@x.example, pat@x.example, "
    "nurse@clinic.example\r\n"
    "Subject: secret result\r\nDate: Sat, 21 Nov 2026 10:00:00 +0000\r\nMessage-ID: <1@lab>\r\n";

// A filter in memory. It "dies" when its ledger is made anew from what the journal holds.
struct MemoryFilter {
  MemoryFilter() {
    policy->methods = {
        {"a@x.example", policy::Method::pgp},        {"b@x.example", policy::Method::pgp},
        {"hidden@x.example", policy::Method::pgp},   {"pat@x.example", policy::Method::portal},
        {"hospital@x.example", policy::Method::tls}, {"held@x.example", policy::Method::hold},
        {"no@x.example", policy::Method::reject}};
  }

  Ports ports() {
    Ports out;
    out.extractor = &extractor;
    out.policy = &slot;
    out.facts.pgp = &pgp;
    out.facts.own_domains = {"clinic.example"};
    out.facts.portal = portal;
    out.facts.aliases = aliases.get();
    out.tools.pgp = &pgp;
    out.tools.brands.organisation.name = "Test Clinic";
    out.tools.portal_url = "https://portal.clinic.example";
    out.tools.spool_folder = "/tmp";
    out.vault = &vault;
    out.held = &held;
    out.link_key = &link_key;
    out.ledger = ledger.get();
    out.sender = &sender;
    out.journal = &journal;
    out.clock = &clock;
    return out;
  }

  mail::CapturedMessage message(const std::vector<std::string>& recipients,
                                const std::string& body = "PHI is here\r\n",
                                const std::string& more_header = {}) const {
    auto out = mail::parse_message(kHeader + more_header + "\r\n" + body, "/tmp").value();
    out.queue_id = "4F2A1B";
    out.received = clock.now();
    out.envelope.reverse_path = mail::Address::parse("lab@clinic.example").value();
    out.envelope.client = {"OUTBOUND", "192.0.2.7", "lab", "lab", "", "mx.clinic.example"};
    for (const std::string& recipient : recipients) {
      out.envelope.recipients.push_back(
          {mail::Address::parse(recipient).value(), '<' + recipient + '>', {}});
    }
    return out;
  }

  // As far as the MTA has been told, and not heard.
  Answer run_until_told(mail::CapturedMessage captured) {
    const Pipeline pipeline(ports(), options);
    return pipeline.run(std::move(captured), editor);
  }
  // And it has gone on: the outcome is written, by the second attempt at the latest.
  Answer run(mail::CapturedMessage captured) {
    Answer answer = run_until_told(std::move(captured));
    OpenOutcome* open[] = {answer.open.get()};
    for (int attempt = 0; answer.open && attempt < 2; ++attempt) {
      if (complete(open, journal)) {
        answer.open.reset();
      }
    }
    return answer;
  }
  Answer run_for(const std::vector<std::string>& recipients) { return run(message(recipients)); }

  void die() {
    ledger = std::make_unique<delivery::Ledger>();
    for (const audit::Record& record : journal.records) {
      ledger->replay(record, clock.now());
    }
  }

  std::vector<audit::Event> events() const {
    std::vector<audit::Event> out;
    for (const audit::Record& record : journal.records) {
      out.push_back(record.event);
    }
    return out;
  }

  FakeExtractor extractor;
  std::unique_ptr<delivery::AliasMaps> aliases;
  bool portal = true;
  std::shared_ptr<FakePolicy> policy = std::make_shared<FakePolicy>();
  PolicySlot slot{policy};
  FakePgp pgp;
  FakeVault vault, held;
  Secret link_key = random_secret(32);
  std::unique_ptr<delivery::Ledger> ledger = std::make_unique<delivery::Ledger>();
  FakeSender sender;
  FakeJournal journal;
  FakeEditor editor;
  FixedClock clock{Timestamp(std::chrono::seconds(1'800'000'000))};
  PipelineOptions options{.reentry_always = false,
                          .expiry_days = 30,
                          .proof_header = "X-Phi-Proof",
                          .trusted = {{"192.0.2.0/24"}, {}}};
};

inline bool is_reply(const Answer& answer, Reply reply) {
  return answer.kind == Answer::Kind::reply && answer.reply == reply;
}

inline const std::vector<std::string> kMixed = {"a@x.example",      "b@x.example",
                                                "pat@x.example",    "nurse@clinic.example",
                                                "hidden@x.example", "hospital@x.example"};

}  // namespace phimilter::milter::test
