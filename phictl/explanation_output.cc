// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cstdio>
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

const policy::RuleReport* report_of(const Explanation& explanation, const std::string& rule) {
  const auto found =
      std::find_if(explanation.rules.begin(), explanation.rules.end(),
                   [&](const policy::RuleReport& report) { return report.rule == rule; });
  return found == explanation.rules.end() ? nullptr : &*found;
}

// "id.ssn (ssn, part 1 at 31, 999-99-9999)".
std::string place_of(const Explanation& explanation, const policy::Finding& finding) {
  const extract::PartText* part = part_of(explanation, finding);
  std::string out = finding.finding_class + " (" + finding.detector;
  if (finding.length > 0 && part != nullptr) {
    out += ", part " + part_label(*part) + " at " + std::to_string(finding.offset) + ", " +
           policy::masked(explanation.text, finding);
  }
  return out + ")";
}

constexpr std::size_t kMostShown = 5;  // findings of one need

void print_needs(const Explanation& explanation, const policy::RuleReport& report,
                 std::ostream& out) {
  for (const policy::NeedReport& need : report.needs) {
    out << "    " << (need.met ? "there:   " : "missing: ") << need.wanted << "\n";
    for (std::size_t i = 0; i < need.findings.size() && i < kMostShown; ++i) {
      out << "      " << place_of(explanation, explanation.findings.items[need.findings[i]])
          << "\n";
    }
    if (need.findings.size() > kMostShown) {
      out << "      and " << need.findings.size() - kMostShown << " more\n";
    }
  }
}

void print_hit(const Explanation& explanation, const policy::RuleHit& hit, std::ostream& out) {
  out << "  " << hit.rule << ": " << hit.action << (hit.sensitive ? ", sensitive" : "") << ", from "
      << hit.findings.size() << (hit.findings.size() == 1 ? " finding" : " findings");
  const policy::RuleReport* report = report_of(explanation, hit.rule);
  out << (report != nullptr && !report->needs.empty() ? " (" + report->join + ")\n" : "\n");
  if (report != nullptr) {
    print_needs(explanation, *report, out);
  }
}

void print_rules(const Explanation& explanation, std::ostream& out) {
  out << "Rules that matched (" << explanation.decision.rules.size() << "):\n";
  for (const policy::RuleHit& hit : explanation.decision.rules) {
    print_hit(explanation, hit, out);
  }
  for (const policy::ExemptRule& exempt : explanation.decision.exempt) {
    out << "  " << exempt.rule << ": does not apply, exemption " << exempt.exemption << "\n";
  }
  if (!explanation.decision.shadow_rules.empty()) {
    out << "Shadow rules that matched, only counted:\n";
    for (const policy::RuleHit& hit : explanation.decision.shadow_rules) {
      print_hit(explanation, hit, out);
    }
  }
}

// What looked like something and is nothing, and why.
void print_dropped(const Explanation& explanation, std::ostream& out) {
  if (explanation.findings.dropped.empty()) {
    return;
  }
  std::vector<std::vector<std::string>> rows = {
      {"  CLASS", "WHY", "PART", "OFFSET", "SHAPE", "DETECTOR"}};
  for (const policy::Dropped& dropped : explanation.findings.dropped) {
    const extract::PartText* part = part_of(explanation, dropped.finding);
    rows.push_back({"  " + dropped.finding.finding_class, dropped.reason,
                    part != nullptr ? part_label(*part) : "?",
                    std::to_string(dropped.finding.offset),
                    policy::masked(explanation.text, dropped.finding), dropped.finding.detector});
  }
  out << "Dropped (" << explanation.findings.dropped.size() << "):\n";
  write_table(out, rows);
}

// Words of our own lists and names of classes: nothing of the message.
void print_weighed(const Explanation& explanation, std::ostream& out) {
  for (const policy::Weighed& weighed : explanation.findings.weighed) {
    out << "What counted most for (+) and against (-) " << weighed.finding_class << ":\n";
    for (const policy::CountedTrait& trait : weighed.counted) {
      std::array<char, 32> weight{};
      std::snprintf(weight.data(), weight.size(), "%+.2f", trait.weight);
      out << "  " << weight.data() << " " << trait.name << "\n";
    }
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
      << policy::to_string(facts.tls.state) << "; portal " << (facts.portal ? "yes" : "no")
      << "; proof " << policy::to_string(facts.proof) << "; consent "
      << policy::to_string(facts.consent)
      << (facts.consent_on_file.empty() ? "" : " (" + facts.consent_on_file + ")") << "\n";
}

// Why nothing matched, where something came near: the question that admins ask most.
void print_nearest_miss(const Explanation& explanation, std::ostream& out) {
  const policy::RuleReport* nearest = policy::nearest_miss(explanation.rules);
  if (nearest == nullptr || !explanation.decision.rules.empty()) {
    return;
  }
  out << "  nearest: " << nearest->rule << " (" << nearest->join << ")"
      << (nearest->excluded ? ", excluded by its own conditions" : "") << "\n";
  print_needs(explanation, *nearest, out);
  if (std::all_of(nearest->needs.begin(), nearest->needs.end(),
                  [](const policy::NeedReport& need) { return need.met; })) {
    out << "    all are there, but not together\n";
  }
}

Json needs_json(const policy::RuleReport& report) {
  Json needs = Json::array();
  for (const policy::NeedReport& need : report.needs) {
    needs.push_back({{"wanted", need.wanted}, {"met", need.met}, {"findings", need.findings}});
  }
  return needs;
}

Json hits_json(const Explanation& explanation, const std::vector<policy::RuleHit>& hits) {
  Json rules = Json::array();
  for (const policy::RuleHit& hit : hits) {
    const policy::RuleReport* report = report_of(explanation, hit.rule);
    rules.push_back({{"rule", hit.rule},
                     {"action", hit.action},
                     {"sensitive", hit.sensitive},
                     {"findings", hit.findings},
                     {"needs", report != nullptr ? needs_json(*report) : Json::array()}});
  }
  return rules;
}

Json exempt_json(const Explanation& explanation) {
  Json out = Json::array();
  for (const policy::ExemptRule& exempt : explanation.decision.exempt) {
    out.push_back({{"rule", exempt.rule}, {"exemption", exempt.exemption}});
  }
  return out;
}

Json marks_json(const Explanation& explanation) {
  Json out = Json::array();
  for (const policy::MarkUse& use : explanation.decision.marks) {
    out.push_back({{"mark", use.mark}, {"outcome", use.outcome}, {"reason", use.reason}});
  }
  return out;
}

Json nearest_miss_json(const Explanation& explanation) {
  const policy::RuleReport* nearest = policy::nearest_miss(explanation.rules);
  if (nearest == nullptr) {
    return nullptr;
  }
  return {{"rule", nearest->rule},
          {"join", nearest->join},
          {"excluded", nearest->excluded},
          {"needs", needs_json(*nearest)}};
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

Json finding_json(const Explanation& explanation, const policy::Finding& finding) {
  const extract::PartText* part = part_of(explanation, finding);
  return {{"class", finding.finding_class},
          {"detector", finding.detector},
          {"confidence", finding.confidence},
          {"part", part != nullptr ? part_label(*part) : "?"},
          {"offset", finding.offset},
          {"length", finding.length},
          {"shape", policy::masked(explanation.text, finding)}};
}

Json findings_json(const Explanation& explanation) {
  Json findings = Json::array();
  for (const policy::Finding& finding : explanation.findings.items) {
    findings.push_back(finding_json(explanation, finding));
  }
  return findings;
}

Json dropped_json(const Explanation& explanation) {
  Json all = Json::array();
  for (const policy::Dropped& dropped : explanation.findings.dropped) {
    Json entry = finding_json(explanation, dropped.finding);
    entry["why"] = dropped.reason;
    all.push_back(std::move(entry));
  }
  return all;
}

Json weighed_json(const Explanation& explanation) {
  Json all = Json::array();
  for (const policy::Weighed& weighed : explanation.findings.weighed) {
    Json counted = Json::array();
    for (const policy::CountedTrait& trait : weighed.counted) {
      counted.push_back({{"trait", trait.name}, {"weight", trait.weight}});
    }
    all.push_back({{"class", weighed.finding_class}, {"counted", std::move(counted)}});
  }
  return all;
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
                      {"tls", policy::to_string(facts.tls.state)},
                      {"portal", facts.portal},
                      {"proof", policy::to_string(facts.proof)},
                      {"consent", policy::to_string(facts.consent)}}}};
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
  print_dropped(explanation, out);
  print_weighed(explanation, out);
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
  Json recipients = Json::array();
  for (std::size_t i = 0; i < explanation.facts.size(); ++i) {
    recipients.push_back(recipient_json(explanation, i));
  }
  const Json answer = {{"bytes", explanation.size},
                       {"already_encrypted", explanation.text.already_encrypted},
                       {"parts", parts_json(explanation)},
                       {"findings", findings_json(explanation)},
                       {"complete", explanation.findings.complete},
                       {"dropped", dropped_json(explanation)},
                       {"weighed", weighed_json(explanation)},
                       {"rules", hits_json(explanation, explanation.decision.rules)},
                       {"shadow_rules", hits_json(explanation, explanation.decision.shadow_rules)},
                       {"exempt", exempt_json(explanation)},
                       {"marks", marks_json(explanation)},
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
