// SPDX-License-Identifier: Apache-2.0
#include "policy/rules.h"

#include <algorithm>
#include <map>
#include <string_view>

#include "base/encoding.h"

namespace phimilter::policy {
namespace {

constexpr std::size_t kMostNeeds = 32;

// A finding as a rule sees it.
struct Evidence {
  std::size_t index = 0;  // into Findings::items
  std::size_t part = 0;
  std::size_t from = 0;
  std::size_t to = 0;
  std::size_t line = 0;
  std::size_t record = 0;  // empty lines before it
  std::string key;         // what tells distinct texts from equal ones
};

std::vector<Evidence> evidence_of(const extract::MessageText& text, const Findings& findings) {
  std::vector<Evidence> out;
  out.reserve(findings.items.size());
  std::size_t part = 0;
  std::size_t counted_to = 0;
  std::size_t line = 0;
  std::size_t record = 0;
  for (std::size_t i = 0; i < findings.items.size(); ++i) {
    const Finding& finding = findings.items[i];
    Evidence& item = out.emplace_back();
    item = {i, finding.part, finding.offset, finding.offset + finding.length, 0, 0, {}};
    if (finding.length == 0 || finding.part >= text.parts.size() ||
        item.to > text.parts[finding.part].text.size()) {
      item.key = "#" + std::to_string(i);
      continue;
    }
    const std::string_view whole = text.parts[finding.part].text;
    if (finding.part != part || finding.offset < counted_to) {
      part = finding.part;
      counted_to = line = record = 0;
    }
    for (; counted_to < finding.offset; ++counted_to) {
      const bool line_end = whole[counted_to] == '\n';
      line += line_end ? 1 : 0;
      record += line_end && counted_to > 0 && whole[counted_to - 1] == '\n' ? 1 : 0;
    }
    item.line = line;
    item.record = record;
    for (const char c : ascii_lower(whole.substr(finding.offset, finding.length))) {
      if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
          static_cast<unsigned char>(c) >= 0x80) {
        item.key.push_back(c);
      }
    }
  }
  return out;
}

// How far a need is met by the findings that are in the window now.
class Meter {
 public:
  explicit Meter(const Need& need) : need_(&need) {}
  void add(const Evidence& item, const Finding& finding) {
    ++count_;
    ++texts_[item.key];
    ++classes_[finding.finding_class];
  }
  void remove(const Evidence& item, const Finding& finding) {
    --count_;
    drop(texts_, item.key);
    drop(classes_, finding.finding_class);
  }
  bool met() const {
    return count_ >= need_->count && texts_.size() >= need_->distinct &&
           classes_.size() >= need_->distinct_classes;
  }

 private:
  static void drop(std::map<std::string_view, std::size_t>& counts, std::string_view key) {
    const auto found = counts.find(key);
    if (--found->second == 0) {
      counts.erase(found);
    }
  }
  const Need* need_;
  std::size_t count_ = 0;
  std::map<std::string_view, std::size_t> texts_, classes_;
};

bool fits(const Need& need, const Finding& finding) {
  return finding.confidence >= need.confidence && class_fits(finding.finding_class, need.classes);
}

// The findings that some need of a rule asks for, with a bit a need, in the order of the text.
class Matcher {
 public:
  Matcher(const Rule& rule, const std::vector<Evidence>& evidence, const Findings& findings)
      : rule_(rule), findings_(findings) {
    for (const Evidence& item : evidence) {
      std::uint32_t mask = 0;
      for (std::size_t i = 0; i < rule.needs.size() && i < kMostNeeds; ++i) {
        mask |= fits(rule.needs[i], findings.items[item.index]) ? 1U << i : 0U;
      }
      if (mask != 0) {
        items_.push_back({&item, mask});
      }
    }
  }

  // Indexes of the findings that stand in a group or window in which every need is met.
  std::vector<std::size_t> run() {
    marked_.assign(items_.size(), false);
    for (std::size_t begin = 0; begin < items_.size();) {
      std::size_t end = begin + 1;
      while (end < items_.size() && same_group(*items_[begin].evidence, *items_[end].evidence)) {
        ++end;
      }
      slide(begin, end);
      begin = end;
    }
    std::vector<std::size_t> out;
    for (std::size_t i = 0; i < items_.size(); ++i) {
      if (marked_[i]) {
        out.push_back(items_[i].evidence->index);
      }
    }
    return out;
  }

 private:
  struct Item {
    const Evidence* evidence;
    std::uint32_t mask;
  };

  bool same_group(const Evidence& a, const Evidence& b) const {
    switch (rule_.join) {
      case Join::message:
        return true;
      case Join::line:
        return a.part == b.part && a.line == b.line;
      case Join::record:
        return a.part == b.part && a.record == b.record;
      case Join::window:
      case Join::part:
        return a.part == b.part;
    }
    return false;
  }

  bool too_far(const Evidence& first, const Evidence& last) const {
    return rule_.join == Join::window && last.from > first.to &&
           last.from - first.to > rule_.window;
  }

  void slide(std::size_t begin, std::size_t end) {
    std::vector<Meter> meters;
    for (const Need& need : rule_.needs) {
      meters.emplace_back(need);
    }
    const auto change = [&](std::size_t at, void (Meter::*how)(const Evidence&, const Finding&)) {
      const Item& item = items_[at];
      for (std::size_t i = 0; i < meters.size(); ++i) {
        if ((item.mask & (1U << i)) != 0) {
          (meters[i].*how)(*item.evidence, findings_.items[item.evidence->index]);
        }
      }
    };
    std::size_t first = begin;
    std::size_t marked_to = begin;
    for (std::size_t last = begin; last < end; ++last) {
      change(last, &Meter::add);
      while (too_far(*items_[first].evidence, *items_[last].evidence)) {
        change(first++, &Meter::remove);
      }
      if (std::all_of(meters.begin(), meters.end(),
                      [](const Meter& meter) { return meter.met(); })) {
        for (std::size_t i = std::max(first, marked_to); i <= last; ++i) {
          marked_[i] = true;
        }
        marked_to = last + 1;
      }
    }
  }

  const Rule& rule_;
  const Findings& findings_;
  std::vector<Item> items_;
  std::vector<bool> marked_;
};

bool met_in_message(const Need& need, const std::vector<Evidence>& evidence,
                    const Findings& findings) {
  Meter meter(need);
  for (const Evidence& item : evidence) {
    if (fits(need, findings.items[item.index])) {
      meter.add(item, findings.items[item.index]);
    }
  }
  return meter.met();
}

bool excluded(const Rule& rule, const std::vector<Evidence>& evidence, const Findings& findings,
              const MessageContext& context) {
  return !sender_fits(rule.when, context.sender, context.sender_domain, context.login,
                      context.size) ||
         std::any_of(rule.unless.begin(), rule.unless.end(),
                     [&](const Need& need) { return met_in_message(need, evidence, findings); });
}

// A rule without needs holds for every message that its `when` fits.
std::optional<RuleHit> match(const Rule& rule, const std::vector<Evidence>& evidence,
                             const Findings& findings, const MessageContext& context) {
  if (excluded(rule, evidence, findings, context)) {
    return std::nullopt;
  }
  RuleHit hit{rule.id, std::string(to_string(rule.action)), rule.sensitive, {}};
  if (!rule.needs.empty()) {
    hit.findings = Matcher(rule, evidence, findings).run();
    if (hit.findings.empty()) {
      return std::nullopt;
    }
  }
  hit.sensitive = hit.sensitive ||
                  std::any_of(hit.findings.begin(), hit.findings.end(), [&](std::size_t index) {
                    return class_fits(findings.items[index].finding_class, {"sensitive.*"});
                  });
  return hit;
}

std::string joined(const std::vector<std::string>& texts) {
  std::string out;
  for (const std::string& text : texts) {
    out += (out.empty() ? "" : ", ") + text;
  }
  return out;
}

}  // namespace

std::vector<RuleHit> matching_rules(const std::vector<Rule>& rules,
                                    const extract::MessageText& text, const Findings& findings,
                                    const MessageContext& context) {
  const std::vector<Evidence> evidence = evidence_of(text, findings);
  std::vector<std::pair<Action, RuleHit>> hits;
  for (const Rule& rule : rules) {
    if (auto hit = match(rule, evidence, findings, context)) {
      hits.emplace_back(rule.action, std::move(*hit));
    }
  }
  std::stable_sort(hits.begin(), hits.end(), [](const auto& a, const auto& b) {
    return std::pair(b.first, b.second.sensitive) < std::pair(a.first, a.second.sensitive);
  });
  std::vector<RuleHit> out;
  for (auto& [action, hit] : hits) {
    out.push_back(std::move(hit));
  }
  return out;
}

std::vector<RuleReport> report_rules(const std::vector<Rule>& rules,
                                     const extract::MessageText& text, const Findings& findings,
                                     const MessageContext& context) {
  const std::vector<Evidence> evidence = evidence_of(text, findings);
  std::vector<RuleReport> out;
  for (const Rule& rule : rules) {
    RuleReport& report = out.emplace_back();
    report.rule = rule.id;
    report.join = std::string(to_string(rule.join)) +
                  (rule.join == Join::window ? " " + std::to_string(rule.window) : "");
    report.fired = match(rule, evidence, findings, context).has_value();
    report.excluded = excluded(rule, evidence, findings, context);
    for (const Need& need : rule.needs) {
      const std::size_t number = std::max(need.count, need.distinct);
      report.needs.push_back({std::to_string(number) + " of " + joined(need.classes) +
                                  " (confidence " + std::to_string(need.confidence) + ")",
                              met_in_message(need, evidence, findings)});
    }
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
