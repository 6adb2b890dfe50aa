// SPDX-License-Identifier: Apache-2.0
#include "policy/rules.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "policy/detection.h"
#include "policy/rule_match.h"

namespace phimilter::policy {
namespace {

constexpr unsigned kUnlessShift = 16;
constexpr std::uint32_t kNeedBits = 0xffff;

std::uint32_t bits_of(const std::vector<Need>& needs, std::string_view finding_class) {
  std::uint32_t out = 0;
  for (std::size_t i = 0; i < needs.size() && i < kUnlessShift; ++i) {
    out |= class_fits(finding_class, needs[i].classes) ? std::uint32_t{1} << i : 0;
  }
  return out;
}

std::string joined(const std::vector<std::string>& texts) {
  std::string out;
  for (const std::string& text : texts) {
    out += (out.empty() ? "" : ", ") + text;
  }
  return out;
}

std::string wanted(const Need& need) {
  std::string out = std::to_string(std::max(need.count, need.distinct));
  out += need.distinct > 1 ? " different of " : " of ";
  out += joined(need.classes) + " (confidence " + std::to_string(need.confidence);
  if (need.distinct_classes > 1) {
    out += ", of " + std::to_string(need.distinct_classes) + " classes";
  }
  if (need.points > 0) {
    out += ", " + std::to_string(need.points) + " points";
  }
  return out + ")";
}

// Of what the sender wrote or attached: header fields are as long as mail programs make them.
std::size_t longest_text(const extract::MessageText& text) {
  std::size_t out = 0;
  for (const extract::PartText& part : text.parts) {
    out = part.kind == extract::PartKind::header ? out : std::max(out, part.text.size());
  }
  return out;
}

bool is_sensitive(const Rule& rule, const std::vector<std::size_t>& indexes,
                  const Findings& findings) {
  return rule.sensitive || std::any_of(indexes.begin(), indexes.end(), [&](std::size_t index) {
           return is_sensitive_class(findings.items[index].finding_class);
         });
}

}  // namespace

// One message being matched.
class RuleSet::Matching {
 public:
  Matching(const RuleSet& set, const extract::MessageText& text, const Findings& findings,
           const MessageContext& context)
      : set_(set),
        rules_(set.model_->rules),
        text_(text),
        findings_(findings),
        context_(context),
        longest_(longest_text(text)) {
    number_classes();
  }

  // The findings that make the rule hold. A rule without needs holds for every message that its
  // `when` fits.
  std::optional<RuleHit> match(std::size_t number) {
    const Rule& rule = rules_[number];
    if (!fits(rule) || !may_match(number)) {
      return std::nullopt;
    }
    std::vector<Claim> claims = claims_of(number);
    if (is_excluded(rule, claims)) {
      return std::nullopt;
    }
    RuleHit hit{rule.id, std::string(to_string(rule.action)), false, {}};
    if (!rule.needs.empty()) {
      hit.findings = met_together(rule, needing(rule, std::move(claims)));
      if (hit.findings.empty()) {
        return std::nullopt;
      }
    }
    hit.sensitive = is_sensitive(rule, hit.findings, findings_);
    hit.terms = rule.terms;
    return hit;
  }

  RuleReport report(std::size_t number) {
    const Rule& rule = rules_[number];
    const std::vector<Claim> claims = claims_of(number);
    RuleReport out;
    out.rule = rule.id;
    out.shadow = rule.shadow;
    out.join = std::string(to_string(rule.join)) +
               (rule.join == Join::window ? " " + std::to_string(rule.window) : "") +
               (rule.text_below > 0 ? " below " + std::to_string(rule.text_below) : "");
    out.excluded = !fits(rule) || is_excluded(rule, claims);
    const std::optional<RuleHit> hit = match(number);
    out.fired = hit.has_value();
    for (std::size_t i = 0; i < rule.needs.size(); ++i) {
      const std::uint32_t bit = std::uint32_t{1} << i;
      NeedReport& need = out.needs.emplace_back();
      need.wanted = wanted(rule.needs[i]);
      need.met = met_anywhere(rule.needs[i], bit, claims);
      if (rule.needs[i].points > 0) {
        need.wanted += ", " + std::to_string(points_of(rule.needs[i], bit, claims)) + " found";
      }
      for (const Claim& claim : claims) {
        const std::size_t index = claim.evidence->index;
        if ((claim.needs & bit) != 0 &&
            (!hit || std::binary_search(hit->findings.begin(), hit->findings.end(), index))) {
          need.findings.push_back(index);
        }
      }
    }
    return out;
  }

 private:
  // Equal classes get equal numbers, and each number the needs that ask for it.
  void number_classes() {
    std::unordered_map<std::string_view, std::uint32_t> numbers;
    class_of_.reserve(findings_.items.size());
    for (const Finding& finding : findings_.items) {
      const auto [known, fresh] =
          numbers.try_emplace(finding.finding_class, static_cast<std::uint32_t>(best_.size()));
      if (fresh) {
        const auto masks = set_.known_classes_.find(finding.finding_class);
        if (masks == set_.known_classes_.end()) {
          others_.push_back(std::make_unique<NeedMasks>(set_.masks_of(finding.finding_class)));
        }
        masks_.push_back(masks == set_.known_classes_.end() ? others_.back().get()
                                                            : &masks->second);
        best_.push_back(finding.confidence);
      }
      best_[known->second] = std::max(best_[known->second], finding.confidence);
      class_of_.push_back(known->second);
    }
  }

  // Each need has a class that is there, surely enough: most rules end here.
  bool may_match(std::size_t number) const {
    const Rule& rule = rules_[number];
    std::uint32_t there = 0;
    for (std::size_t i = 0; i < masks_.size(); ++i) {
      there |= sure_enough(rule, (*masks_[i])[number] & kNeedBits, best_[i]);
    }
    return there == (std::uint32_t{1} << std::min<std::size_t>(rule.needs.size(), 16)) - 1;
  }

  static std::uint32_t sure_enough(const Rule& rule, std::uint32_t bits, int confidence) {
    std::uint32_t out = 0;
    for (std::uint32_t rest = bits; rest != 0; rest &= rest - 1) {
      const auto bit = static_cast<unsigned>(__builtin_ctz(rest));
      const Need& need = bit < kUnlessShift ? rule.needs[bit] : rule.unless[bit - kUnlessShift];
      out |= confidence >= need.confidence ? std::uint32_t{1} << bit : 0;
    }
    return out;
  }

  std::vector<Claim> claims_of(std::size_t number) {
    if (evidence_.empty() && !findings_.items.empty()) {
      evidence_ = evidence_of(text_, findings_, class_of_);
    }
    std::vector<Claim> out;
    for (const Evidence& item : evidence_) {
      const std::uint32_t asked = (*masks_[item.finding_class])[number];
      const std::uint32_t bits =
          asked == 0 ? 0 : sure_enough(rules_[number], asked, item.confidence);
      if (bits != 0) {
        out.push_back({&item, bits});
      }
    }
    return out;
  }

  // Without those that only `unless` asks for: they are no neighbours of anything.
  static std::vector<Claim> needing(const Rule& rule, std::vector<Claim> claims) {
    if (!rule.unless.empty()) {
      std::erase_if(claims, [](const Claim& claim) { return (claim.needs & kNeedBits) == 0; });
    }
    return claims;
  }

  bool fits(const Rule& rule) const {
    return (rule.text_below == 0 || longest_ < rule.text_below) &&
           sender_fits(rule.when, context_.sender, context_.sender_domain, context_.login,
                       context_.size);
  }

  static bool is_excluded(const Rule& rule, const std::vector<Claim>& claims) {
    for (std::size_t i = 0; i < rule.unless.size(); ++i) {
      if (met_anywhere(rule.unless[i], std::uint32_t{1} << (kUnlessShift + i), claims)) {
        return true;
      }
    }
    return false;
  }

  const RuleSet& set_;
  const std::vector<Rule>& rules_;
  const extract::MessageText& text_;
  const Findings& findings_;
  const MessageContext& context_;
  std::size_t longest_ = 0;
  std::vector<std::uint32_t> class_of_;             // finding -> number of its class
  std::vector<const NeedMasks*> masks_;             // by number
  std::vector<int> best_;                           // by number: the surest finding
  std::vector<std::unique_ptr<NeedMasks>> others_;  // of classes that no detector gives
  std::vector<Evidence> evidence_;                  // made when a rule comes near
};

RuleSet::RuleSet(std::shared_ptr<const Model> model) : model_(std::move(model)) {
  std::vector<std::string> classes{std::string(kRecipientClass), std::string(kAddresseeClass)};
  for (const auto reason :
       {extract::Opaque::encrypted, extract::Opaque::broken, extract::Opaque::ambiguous,
        extract::Opaque::limit, extract::Opaque::image, extract::Opaque::unknown,
        extract::Opaque::failed}) {
    classes.push_back(std::string(kOpaquePrefix) + std::string(extract::to_string(reason)));
  }
  for (const Detector& detector : model_->detectors) {
    classes.insert(classes.end(), detector.classes.begin(), detector.classes.end());
  }
  for (const std::string& name : classes) {
    if (!known_classes_.contains(name)) {
      known_classes_.emplace(name, masks_of(name));
    }
  }
}

RuleSet::NeedMasks RuleSet::masks_of(const std::string& finding_class) const {
  NeedMasks out;
  for (const Rule& rule : model_->rules) {
    out.push_back(bits_of(rule.needs, finding_class) | bits_of(rule.unless, finding_class)
                                                           << kUnlessShift);
  }
  return out;
}

MatchedRules RuleSet::match(const extract::MessageText& text, const Findings& findings,
                            const MessageContext& context) const {
  Matching matching(*this, text, findings, context);
  std::vector<std::pair<const Rule*, RuleHit>> hits;
  for (std::size_t i = 0; i < model_->rules.size(); ++i) {
    if (auto hit = matching.match(i)) {
      hits.emplace_back(&model_->rules[i], std::move(*hit));
    }
  }
  std::stable_sort(hits.begin(), hits.end(), [](const auto& a, const auto& b) {
    return std::pair(b.first->action, b.second.sensitive) <
           std::pair(a.first->action, a.second.sensitive);
  });
  MatchedRules out;
  for (auto& [rule, hit] : hits) {
    (rule->shadow ? out.shadow : out.acting).push_back(std::move(hit));
  }
  return out;
}

std::vector<RuleReport> RuleSet::report(const extract::MessageText& text, const Findings& findings,
                                        const MessageContext& context) const {
  Matching matching(*this, text, findings, context);
  std::vector<RuleReport> out;
  for (std::size_t i = 0; i < model_->rules.size(); ++i) {
    out.push_back(matching.report(i));
  }
  return out;
}

const RuleReport* nearest_miss(const std::vector<RuleReport>& reports) {
  const RuleReport* best = nullptr;
  double best_share = 0;
  for (const RuleReport& report : reports) {
    if (report.fired || report.needs.empty()) {
      continue;
    }
    const auto met = std::count_if(report.needs.begin(), report.needs.end(),
                                   [](const NeedReport& need) { return need.met; });
    const double share = static_cast<double>(met) / static_cast<double>(report.needs.size());
    if (share > best_share) {
      best_share = share;
      best = &report;
    }
  }
  return best;
}

}  // namespace phimilter::policy
