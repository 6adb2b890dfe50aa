// SPDX-License-Identifier: Apache-2.0
#include "policy/detection.h"

#include <algorithm>
#include <chrono>

#include "base/encoding.h"
#include "base/limits.h"
#include "policy/normalise.h"

namespace phimilter::policy {
namespace {

constexpr std::size_t kNone = static_cast<std::size_t>(-1);
constexpr std::size_t kDenyReach = 60;
constexpr int kRecipientConfidence = 60;
constexpr int kCertain = 100;

std::string_view top_class(std::string_view finding_class) {
  return finding_class.substr(0, finding_class.find('.'));
}

class Budget {
 public:
  bool out_of_time() const { return std::chrono::steady_clock::now() > end_; }
  bool spent(const Findings& findings) const { return findings.items.size() >= limits::kFindings; }

 private:
  std::chrono::steady_clock::time_point end_ =
      std::chrono::steady_clock::now() + std::chrono::milliseconds(limits::kDetectMs);
};

// Of findings of one kind that lie over each other the surer one stays, then the longer one: one
// number is not two pieces of evidence.
void drop_overlapping(std::vector<Finding>& findings) {
  std::stable_sort(findings.begin(), findings.end(), [](const Finding& a, const Finding& b) {
    return std::pair(b.confidence, b.length) < std::pair(a.confidence, a.length);
  });
  std::map<std::string_view, std::map<std::size_t, std::size_t>>
      taken;  // top class -> begin -> end
  std::vector<Finding> kept;
  std::vector<std::string> tops;
  tops.reserve(findings.size());
  for (Finding& finding : findings) {
    tops.emplace_back(top_class(finding.finding_class));
    auto& spans = taken[tops.back()];
    const std::size_t end = finding.offset + finding.length;
    const auto next = spans.lower_bound(finding.offset);
    const bool over_next = next != spans.end() && next->first < end;
    const bool over_previous = next != spans.begin() && std::prev(next)->second > finding.offset;
    if (!over_next && !over_previous) {
      spans.emplace(finding.offset, end);
      kept.push_back(std::move(finding));
    }
  }
  std::stable_sort(kept.begin(), kept.end(),
                   [](const Finding& a, const Finding& b) { return a.offset < b.offset; });
  findings = std::move(kept);
}

std::string_view before(std::string_view text, std::size_t at, std::size_t reach) {
  const std::size_t length = std::min(at, reach);
  return text.substr(at - length, length);
}

}  // namespace

// One part being read.
class Detection::PartScan {
 public:
  PartScan(const Detection& detection, std::string_view source, std::size_t part,
           const MessageContext& context, const Budget& budget)
      : detection_(detection),
        context_(context),
        budget_(budget),
        part_(part),
        normal_(source),
        cue_hits_(detection.cue_sources_.size()) {}

  // False: a budget was spent.
  bool run(std::vector<Finding>& out) {
    const auto out_of_time = [this] { return budget_.out_of_time(); };
    const bool complete =
        detection_.lexicon_.scan(
            normal_.text(), [this](const TermMatch& match) { return note_term(match); },
            out_of_time) &&
        detection_.patterns_.scan(
            normal_.text(), [this](const PatternMatch& match) { return note_pattern(match); },
            out_of_time) &&
        score();
    drop_overlapping(findings_);
    out = std::move(findings_);
    return complete;
  }

 private:
  struct Candidate {
    std::size_t detector;
    std::size_t term;  // kNone: a pattern
    std::size_t from, to;
  };
  static constexpr std::size_t kLongestList = 1'000'000;

  bool note_term(const TermMatch& match) {
    const TermEntry& entry = detection_.entries_[match.entry];
    if (entry.cue_list != kNone) {
      cue_hits_[entry.cue_list].push_back(match);
      return true;
    }
    candidates_.push_back({entry.detector, entry.term, match.from, match.to});
    return candidates_.size() < kLongestList;
  }

  bool note_pattern(const PatternMatch& match) {
    candidates_.push_back({detection_.pattern_owner_[match.pattern], kNone, match.from, match.to});
    return candidates_.size() < kLongestList;
  }

  bool score() {
    std::size_t looked = 0;
    for (const Candidate& candidate : candidates_) {
      if (++looked % 256 == 0 && budget_.out_of_time()) {
        return false;
      }
      if (findings_.size() >= limits::kFindings * 4) {
        return false;
      }
      score(candidate);
    }
    return true;
  }

  void score(const Candidate& candidate) {
    const Detector& detector = detection_.detectors_[candidate.detector];
    const std::string_view text = normal_.text();
    const std::string_view value = text.substr(candidate.from, candidate.to - candidate.from);
    if (value.empty() || (detector.validator != nullptr && !detector.validator(value)) ||
        denied(detector, candidate) || is_own_address(detector, value)) {
      return;
    }
    const Term* term = candidate.term == kNone ? nullptr : &detector.terms[candidate.term];
    int confidence = term == nullptr ? detector.confidence : term->confidence;
    for (std::size_t i = 0; i < detector.cues.size(); ++i) {
      if (detector.cues[i].confidence > confidence &&
          cue_near(detector.cues[i], detection_.cue_lists_[candidate.detector][i], candidate)) {
        confidence = detector.cues[i].confidence;
      }
    }
    if (confidence < kLeastConfidence) {
      return;
    }
    const SourceSpan span = normal_.source_span(candidate.from, candidate.to);
    findings_.push_back({detector.id,
                         term == nullptr ? detector.classes.front() : term->finding_class, part_,
                         span.offset, span.length, confidence});
  }

  bool denied(const Detector& detector, const Candidate& candidate) const {
    const std::string_view text = normal_.text();
    const auto found_in = [](const std::vector<Pattern>& patterns, std::string_view where) {
      return std::any_of(patterns.begin(), patterns.end(),
                         [&](const Pattern& pattern) { return pattern.found_in(where); });
    };
    return found_in(detector.deny_before, before(text, candidate.from, kDenyReach)) ||
           found_in(detector.deny_after, text.substr(candidate.to, kDenyReach));
  }

  bool is_own_address(const Detector& detector, std::string_view value) const {
    return detector.classes.front() == "id.email" &&
           std::find(context_.own_addresses.begin(), context_.own_addresses.end(),
                     ascii_lower(value)) != context_.own_addresses.end();
  }

  bool cue_near(const Cue& cue, std::size_t list, const Candidate& candidate) const {
    const std::string_view text = normal_.text();
    if (cue.pattern) {
      return (cue.before > 0 && cue.pattern->found_in(before(text, candidate.from, cue.before))) ||
             (cue.after > 0 && cue.pattern->found_in(text.substr(candidate.to, cue.after)));
    }
    // Cue hits of one list are in the order of the text and do not overlap.
    const auto& hits = cue_hits_[list];
    const std::size_t first = candidate.from - std::min(candidate.from, cue.before);
    const auto hit =
        std::lower_bound(hits.begin(), hits.end(), first,
                         [](const TermMatch& match, std::size_t at) { return match.from < at; });
    for (auto i = hit; i != hits.end() && i->from <= candidate.to + cue.after; ++i) {
      const bool stands_inside = cue.within && i->from >= candidate.from && i->to <= candidate.to;
      const bool stands_before = cue.before > 0 && i->to <= candidate.from;
      const bool stands_after =
          cue.after > 0 && i->from >= candidate.to && i->to <= candidate.to + cue.after;
      if (stands_inside || stands_before || stands_after) {
        return true;
      }
    }
    return false;
  }

  const Detection& detection_;
  const MessageContext& context_;
  const Budget& budget_;
  std::size_t part_;
  NormalText normal_;
  std::vector<std::vector<TermMatch>> cue_hits_;  // by cue list
  std::vector<Candidate> candidates_;
  std::vector<Finding> findings_;
};

Result<Detection> Detection::create(const std::vector<Detector>& detectors) {
  Detection out;
  out.detectors_ = detectors;
  std::vector<Pattern> patterns;
  for (std::size_t i = 0; i < detectors.size(); ++i) {
    if (detectors[i].pattern) {
      patterns.push_back(*detectors[i].pattern);
      out.pattern_owner_.push_back(i);
    }
  }
  auto set = PatternSet::create(std::move(patterns));
  if (!set) {
    return fail(set);
  }
  out.patterns_ = std::move(*set);
  out.add_terms();
  return out;
}

void Detection::add_terms() {
  // Groups: a detector each, then a cue list each, so that a cue word never hides a health term.
  for (std::size_t i = 0; i < detectors_.size(); ++i) {
    for (std::size_t term = 0; term < detectors_[i].terms.size(); ++term) {
      entries_.push_back({i, term, kNone});
      lexicon_.add(detectors_[i].terms[term].text, i, entries_.size() - 1,
                   detectors_[i].terms[term].letters);
    }
    auto& lists = cue_lists_.emplace_back();
    for (const Cue& cue : detectors_[i].cues) {
      lists.push_back(cue.pattern ? kNone : cue_list_of(cue));
    }
  }
}

std::size_t Detection::cue_list_of(const Cue& cue) {
  const auto known = std::find(cue_sources_.begin(), cue_sources_.end(), cue.source);
  const auto list = static_cast<std::size_t>(known - cue_sources_.begin());
  if (known == cue_sources_.end()) {
    cue_sources_.push_back(cue.source);
    for (const std::string& term : *cue.terms) {
      entries_.push_back({kNone, kNone, list});
      lexicon_.add(term, detectors_.size() + list, entries_.size() - 1, Lexicon::Letters::any);
    }
  }
  return list;
}

Findings Detection::detect(const extract::MessageText& text, const MessageContext& context) const {
  Findings out;
  const Budget budget;
  for (std::size_t i = 0; i < context.recipient_names.size(); ++i) {
    if (!context.recipient_names[i].empty()) {
      out.items.push_back(
          {"recipient", std::string(kRecipientClass), 0, 0, 0, kRecipientConfidence});
    }
  }
  for (std::size_t part = 0; part < text.parts.size(); ++part) {
    const extract::PartText& read = text.parts[part];
    if (read.opaque) {
      out.items.push_back({"opaque",
                           std::string(kOpaquePrefix) + std::string(to_string(*read.opaque)), part,
                           0, 0, kCertain});
    }
    std::vector<Finding> found;
    if (!read.text.empty()) {
      out.complete = PartScan(*this, read.text, part, context, budget).run(found) && out.complete;
    }
    std::move(found.begin(), found.end(), std::back_inserter(out.items));
    if (budget.spent(out) || !out.complete) {
      out.items.resize(std::min(out.items.size(), limits::kFindings));
      out.complete = false;
      break;
    }
  }
  return out;
}

}  // namespace phimilter::policy
