// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "phictl/console.h"
#include "phictl/explanation.h"

namespace phimilter::phictl {
namespace {

using Json = nlohmann::ordered_json;

// Names of files inside attachments can hold a patient's name: only the numbers are shown.
std::string part_label(const extract::PartText& part) {
  const std::size_t slash = part.path.find('/');
  return slash == std::string::npos ? part.path : part.path.substr(0, slash) + "/...";
}

const extract::PartText* part_of(const Explanation& explanation, const policy::Finding& finding) {
  return finding.part < explanation.text.parts.size() ? &explanation.text.parts[finding.part]
                                                      : nullptr;
}

std::string key_text(const policy::KeyFact& fact) {
  std::string text(policy::to_string(fact.state));
  if (fact.fingerprint) {
    text += " " + fact.fingerprint->str().substr(0, 16);
  }
  return text;
}

bool is_monitor(const Explanation& explanation) {
  return explanation.decision.would_have.size() == explanation.facts.size() &&
         explanation.decision.scope == policy::Scope::monitor;
}

const policy::Treatment& treatment(const Explanation& explanation, std::size_t i) {
  return is_monitor(explanation) ? explanation.decision.would_have[i]
                                 : explanation.decision.treatments[i];
}

void print_findings(const Explanation& explanation, std::ostream& out) {
  std::vector<std::vector<std::string>> rows = {
      {"  CLASS", "CONFIDENCE", "PART", "OFFSET", "SHAPE", "DETECTOR"}};
  for (const policy::Finding& finding : explanation.findings.items) {
    const extract::PartText* part = part_of(explanation, finding);
    rows.push_back({"  " + finding.finding_class, std::to_string(finding.confidence),
                    part != nullptr ? part_label(*part) : "?", std::to_string(finding.offset),
                    policy::masked(explanation.text, finding), finding.detector});
  }
  out << "Found (" << explanation.findings.items.size() << "):\n";
  if (rows.size() > 1) {
    write_table(out, rows);
  }
  if (!explanation.findings.complete) {
    out << "  A limit was reached before everything was read: what is missing counts as found.\n";
  }
}

// Without a decision the rules still tell which of them fired.
void print_fired_rules(const Explanation& explanation, std::ostream& out) {
  out << "Rules that matched:\n";
  for (const policy::RuleReport& report : explanation.rules) {
    if (report.fired) {
      out << "  " << report.rule << "\n";
    }
  }
}

void print_rules(const Explanation& explanation, std::ostream& out) {
  out << "Rules that matched (" << explanation.decision.rules.size() << "):\n";
  for (const policy::RuleHit& hit : explanation.decision.rules) {
    out << "  " << hit.rule << ": " << hit.action << (hit.sensitive ? ", sensitive" : "")
        << ", from " << hit.findings.size()
        << (hit.findings.size() == 1 ? " finding\n" : " findings\n");
  }
}

void print_recipient(const Explanation& explanation, std::size_t i, std::ostream& out) {
  const policy::RecipientFacts& facts = explanation.facts[i];
  out << "  " << facts.address.spelled() << (facts.blind ? " (Bcc)" : "")
      << (facts.internal ? " (internal)" : "");
  if (!explanation.undecided) {
    const policy::Treatment& happens = treatment(explanation, i);
    out << ": " << policy::to_string(happens.method);
    for (const std::string& reason : happens.reasons) {
      out << "\n    because: " << reason;
    }
  }
  out << "\n";
  out << "    known: pgp " << key_text(facts.pgp) << "; smime " << key_text(facts.smime) << "; tls "
      << policy::to_string(facts.tls) << "; portal " << (facts.portal ? "yes" : "no") << "; proof "
      << policy::to_string(facts.proof) << "\n";
}

// Why nothing matched, where something came near: the question that admins ask most.
void print_nearest_miss(const Explanation& explanation, std::ostream& out) {
  const policy::RuleReport* nearest = policy::nearest_miss(explanation.rules);
  if (nearest == nullptr || !explanation.decision.rules.empty()) {
    return;
  }
  out << "  nearest: " << nearest->rule << " (" << nearest->join << ")"
      << (nearest->excluded ? ", excluded by its own conditions" : "") << "\n";
  for (const policy::NeedReport& need : nearest->needs) {
    out << "    " << (need.met ? "there:   " : "missing: ") << need.wanted << "\n";
  }
}

Json nearest_miss_json(const Explanation& explanation) {
  const policy::RuleReport* nearest = policy::nearest_miss(explanation.rules);
  if (nearest == nullptr) {
    return nullptr;
  }
  Json needs = Json::array();
  for (const policy::NeedReport& need : nearest->needs) {
    needs.push_back({{"wanted", need.wanted}, {"met", need.met}});
  }
  return {{"rule", nearest->rule},
          {"join", nearest->join},
          {"excluded", nearest->excluded},
          {"needs", std::move(needs)}};
}

Json parts_json(const Explanation& explanation) {
  Json parts = Json::array();
  for (const extract::PartText& part : explanation.text.parts) {
    Json entry = {{"part", part_label(part)},
                  {"kind", extract::to_string(part.kind)},
                  {"media_type", part.media_type},
                  {"text_bytes", part.text.size()},
                  {"opaque", nullptr}};
    if (part.opaque) {
      entry["opaque"] = extract::to_string(*part.opaque);
    }
    parts.push_back(std::move(entry));
  }
  return parts;
}

Json findings_json(const Explanation& explanation) {
  Json findings = Json::array();
  for (const policy::Finding& finding : explanation.findings.items) {
    const extract::PartText* part = part_of(explanation, finding);
    findings.push_back({{"class", finding.finding_class},
                        {"detector", finding.detector},
                        {"confidence", finding.confidence},
                        {"part", part != nullptr ? part_label(*part) : "?"},
                        {"offset", finding.offset},
                        {"length", finding.length},
                        {"shape", policy::masked(explanation.text, finding)}});
  }
  return findings;
}

Json key_json(const policy::KeyFact& fact) {
  Json key = {{"state", policy::to_string(fact.state)}, {"fingerprint", nullptr}};
  if (fact.fingerprint) {
    key["fingerprint"] = fact.fingerprint->str();
  }
  return key;
}

Json recipient_json(const Explanation& explanation, std::size_t i) {
  const policy::RecipientFacts& facts = explanation.facts[i];
  Json recipient = {{"address", facts.address.spelled()},
                    {"internal", facts.internal},
                    {"blind", facts.blind},
                    {"method", nullptr},
                    {"would_have", nullptr},
                    {"reasons", Json::array()},
                    {"facts",
                     {{"pgp", key_json(facts.pgp)},
                      {"smime", key_json(facts.smime)},
                      {"tls", policy::to_string(facts.tls)},
                      {"portal", facts.portal},
                      {"proof", policy::to_string(facts.proof)}}}};
  if (!explanation.undecided) {
    recipient["method"] = policy::to_string(explanation.decision.treatments[i].method);
    recipient["reasons"] = treatment(explanation, i).reasons;
  }
  if (is_monitor(explanation)) {
    recipient["would_have"] = policy::to_string(explanation.decision.would_have[i].method);
  }
  return recipient;
}

}  // namespace

void print_explanation(const Explanation& explanation, std::ostream& out) {
  out << "Message: " << explanation.size << " bytes, " << explanation.text.parts.size() << " parts"
      << (explanation.text.already_encrypted ? ", encrypted by its sender" : "") << "\n";
  for (const extract::PartText& part : explanation.text.parts) {
    if (part.opaque) {
      out << "  part " << part_label(part) << " (" << part.media_type
          << ") could not be read: " << extract::to_string(*part.opaque) << "\n";
    }
  }
  print_findings(explanation, out);
  if (explanation.undecided) {
    print_fired_rules(explanation, out);
    out << "The message would be deferred (4xx) and nothing would leave: "
        << explanation.undecided->describe() << "\nRecipients:\n";
  } else {
    print_rules(explanation, out);
    print_nearest_miss(explanation, out);
    out << "Recipients (policy " << explanation.decision.policy_version << ", scope "
        << policy::to_string(explanation.decision.scope) << "):\n";
  }
  if (is_monitor(explanation)) {
    out << "  In scope monitor everything leaves as it came; this is what would have happened.\n";
  }
  for (std::size_t i = 0; i < explanation.facts.size(); ++i) {
    print_recipient(explanation, i, out);
  }
}

void print_explanation_json(const Explanation& explanation, std::ostream& out) {
  Json rules = Json::array();
  for (const policy::RuleHit& hit : explanation.decision.rules) {
    rules.push_back({{"rule", hit.rule},
                     {"action", hit.action},
                     {"sensitive", hit.sensitive},
                     {"findings", hit.findings}});
  }
  Json recipients = Json::array();
  for (std::size_t i = 0; i < explanation.facts.size(); ++i) {
    recipients.push_back(recipient_json(explanation, i));
  }
  const Json answer = {{"bytes", explanation.size},
                       {"already_encrypted", explanation.text.already_encrypted},
                       {"parts", parts_json(explanation)},
                       {"findings", findings_json(explanation)},
                       {"complete", explanation.findings.complete},
                       {"rules", std::move(rules)},
                       {"nearest_miss", nearest_miss_json(explanation)},
                       {"sensitive", explanation.decision.sensitive},
                       {"scope", policy::to_string(explanation.decision.scope)},
                       {"policy_version", explanation.decision.policy_version},
                       {"undecided", explanation.undecided ? Json(explanation.undecided->describe())
                                                           : Json(nullptr)},
                       {"recipients", std::move(recipients)}};
  out << answer.dump(2, ' ', false, Json::error_handler_t::replace) << "\n";
}

}  // namespace phimilter::phictl
