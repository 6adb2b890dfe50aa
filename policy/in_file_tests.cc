// SPDX-License-Identifier: Apache-2.0
#include "policy/in_file_tests.h"

#include <algorithm>
#include <set>

#include "base/encoding.h"
#include "mail/address.h"

namespace phimilter::policy {
namespace {

extract::MessageText message_of(const InFileTest& test) {
  extract::MessageText out;
  if (!test.subject.empty()) {
    out.parts.push_back(
        {"headers", extract::PartKind::header, "", "Subject: " + test.subject + "\n", {}});
  }
  if (!test.body.empty()) {
    out.parts.push_back({"1", extract::PartKind::body, "text/plain", test.body, {}});
  }
  for (const std::string& reason : test.opaque) {
    out.parts.push_back({std::to_string(out.parts.size() + 1), extract::PartKind::attachment,
                         "application/octet-stream", "", extract::opaque_from(reason)});
  }
  return out;
}

// A day before every exemption's last: a file that was good does not turn bad over night.
constexpr std::string_view kDayOfTests = "0001-01-01";

MessageContext context_of(const InFileTest& test) {
  MessageContext out;
  out.today = kDayOfTests;
  if (const auto sender = mail::Address::parse(test.sender)) {
    out.sender = sender->spelled();
    out.sender_domain = sender->domain();
    out.own_addresses.push_back(sender->key());
  }
  for (const std::string& value : test.to) {
    for (const mail::Mailbox& mailbox : mail::mailboxes(value)) {
      out.recipient_names.push_back(mailbox.display_name.empty() ? mailbox.address.spelled()
                                                                 : mailbox.display_name);
    }
  }
  out.login = test.login;
  for (const std::string& line : test.headers) {
    const std::size_t colon = line.find(':');
    out.mark_fields.push_back({line.substr(0, colon), line.substr(colon + 1)});
  }
  return out;
}

// An outside recipient who can read what the test says.
RecipientFacts recipient_of(const InFileTest& test) {
  RecipientFacts out{.address = *mail::Address::parse("somebody@elsewhere.example")};
  for (const std::string& value : test.to) {
    const auto mailboxes = mail::mailboxes(value);
    if (!mailboxes.empty()) {
      out.address = mailboxes.front().address;
      break;
    }
  }
  const auto reads = [&](std::string_view name) {
    return std::find(test.readable.begin(), test.readable.end(), name) != test.readable.end();
  };
  const KeyFact key{KeyState::valid, FingerprintId::parse(std::string(40, '0')), "test", {}};
  out.pgp = reads("pgp") ? key : KeyFact{};
  out.smime = reads("smime") ? key : KeyFact{};
  out.tls.state = reads("tls") ? TlsState::proved : TlsState::not_proved;
  out.portal = test.readable.empty() || reads("portal");
  out.consent = test.consent ? ConsentState::given : ConsentState::none;
  return out;
}

std::string listing(const std::set<std::string>& names) {
  std::string out;
  for (const std::string& name : names) {
    out += (out.empty() ? "" : ", ") + name;
  }
  return out.empty() ? "none" : out;
}

void note_missing(const std::vector<std::string>& wanted, const std::set<std::string>& found,
                  std::string_view word, std::string& what) {
  for (const std::string& name : wanted) {
    if (!found.contains(name)) {
      what += (what.empty() ? "expected " : ", ") + std::string(word) + " " + name;
    }
  }
}

void note_unwanted(const std::vector<std::string>& unwanted, const std::set<std::string>& found,
                   std::string_view word, std::string& what) {
  for (const std::string& name : unwanted) {
    if (found.contains(name)) {
      what += (what.empty() ? "expected no " : ", no ") + std::string(word) + " " + name;
    }
  }
}

TestReport run_test(const InFileTest& test, const Policy& policy) {
  const extract::MessageText text = message_of(test);
  const MessageContext context = context_of(test);
  const Findings findings = policy.detect(text, context);
  std::set<std::string> rules;
  std::set<std::string> strong;
  std::string method = "none";
  Terms terms;
  const RecipientFacts recipient = recipient_of(test);
  if (const auto with_recipient = policy.decide(text, findings, context, {&recipient, 1})) {
    method = to_string(with_recipient->treatments.front().method);
    terms = with_recipient->treatments.front().terms;
  }
  if (const auto decision = policy.decide(text, findings, context, {})) {
    for (const RuleHit& hit : decision->shadow_rules) {
      rules.insert(hit.rule);
    }
    for (const RuleHit& hit : decision->rules) {
      rules.insert(hit.rule);
      if (hit.action != "pass") {
        strong.insert(hit.rule);
      }
    }
  }
  std::set<std::string> classes;
  for (const Finding& finding : findings.items) {
    classes.insert(finding.finding_class);
  }
  TestReport out{test.where, test.name, false, ""};
  if (test.clear && !strong.empty()) {
    out.what = "expected no rule";
  }
  note_missing(test.rules, rules, "rule", out.what);
  note_unwanted(test.no_rules, rules, "rule", out.what);
  note_missing(test.classes, classes, "class", out.what);
  note_unwanted(test.no_classes, classes, "class", out.what);
  if (test.method && method != to_string(*test.method)) {
    out.what += (out.what.empty() ? "expected method " : ", method ") +
                std::string(to_string(*test.method)) + " and not " + method;
  }
  if (test.terms && terms != *test.terms) {
    out.what += (out.what.empty() ? "expected terms '" : ", terms '") + to_text(*test.terms) +
                "' and not '" + to_text(terms) + "'";
  }
  out.passed = out.what.empty();
  if (!out.passed) {
    out.what += "; found rules: " + listing(rules) + "; classes: " + listing(classes);
  }
  return out;
}

}  // namespace

std::vector<TestReport> run_tests(const std::vector<InFileTest>& tests, const Policy& policy) {
  std::vector<TestReport> out;
  out.reserve(tests.size());
  for (const InFileTest& test : tests) {
    out.push_back(run_test(test, policy));
  }
  return out;
}

}  // namespace phimilter::policy
