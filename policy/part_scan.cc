// SPDX-License-Identifier: Apache-2.0
#include "policy/part_scan.h"

#include <algorithm>

#include "policy/exemptions.h"
#include "policy/labelled_values.h"
#include "policy/names.h"
#include "policy/roster_search.h"

namespace phimilter::policy {
namespace {

// Before overlaps are settled; and of what is told to people.
constexpr std::size_t kMostJudged = limits::kFindings * 4;
constexpr std::size_t kMostDropped = limits::kFindings;
constexpr std::size_t kJudgedBetweenClockLooks = 256;

}  // namespace

PartScan::PartScan(const MessageScan& message, const extract::PartText& part, std::size_t index)
    : message_(message),
      plan_(message.plan),
      index_(index),
      normal_(part.text),
      cue_hits_(plan_.cue_list_count),
      view_{part, normal_.text(), tokens_, {}, regions_, message.context},
      judgement_(plan_, view_, cue_hits_, message.own_names) {}

bool PartScan::run(Findings& out) {
  const bool complete = look_up() && judge_all();
  judge_silenced();
  report(out);
  return complete;
}

bool PartScan::look_up() {
  WordNotes notes;
  tokens_ = plan_.lexicon.tokens(normal_.text(), notes);
  if (const auto gaps = spelling_gaps(normal_.text(), tokens_); !gaps.empty()) {
    normal_.remove(gaps);
    view_.text = normal_.text();
    tokens_ = plan_.lexicon.tokens(normal_.text(), notes);
  }
  std::vector<LexiconHit> hits;
  plan_.lexicon.scan(normal_.text(), tokens_, notes, hits);
  for (const LexiconHit& hit : hits) {
    const LexiconEntry& entry = plan_.entries[hit.entry];
    WordClasses classes = entry.classes;
    if (entry.detector != kNoIndex) {
      term_hits_.push_back({entry.detector, entry.term, hit.first, hit.last});
      classes |= plan_.medical[entry.detector] ? bit(WordClass::medical) : 0;
    }
    if (entry.cue_list != kNoIndex) {
      cue_hits_[entry.cue_list].push_back({tokens_[hit.first].from, tokens_[hit.last].to});
    }
    for (std::size_t i = hit.first; classes != 0 && i <= hit.last; ++i) {
      tokens_[i].classes |= classes;
    }
  }
  view_.terms = term_hits_;
  regions_ = find_regions(view_.text, tokens_);
  return !message_.budget.out_of_time();
}

bool PartScan::judge_all() {
  for (const TermHit& hit : term_hits_) {
    const Detector& detector = plan_.model->detectors[hit.detector];
    if (detector.kind != DetectorKind::labels &&
        !judge({hit.detector, plan_.term_classes[hit.detector][hit.term], tokens_[hit.first].from,
                tokens_[hit.last].to, detector.terms[hit.term].confidence})) {
      return false;
    }
  }
  for (std::size_t i = 0; i < plan_.model->detectors.size(); ++i) {
    if (!judge_found(i)) {
      return false;
    }
  }
  return plan_.patterns.scan(
      view_.text,
      [this](const PatternMatch& match) {
        const std::size_t owner = plan_.pattern_owner[match.pattern];
        return judge({owner, 0, match.from, match.to, plan_.model->detectors[owner].confidence});
      },
      [this] { return message_.budget.out_of_time(); });
}

// What finders give; patterns and terms are searched together.
bool PartScan::judge_found(std::size_t detector) {
  std::vector<Candidate> found;
  switch (plan_.model->detectors[detector].kind) {
    case DetectorKind::pattern:
    case DetectorKind::terms:
    case DetectorKind::weights:
      return true;
    case DetectorKind::roster:
      return judge_roster(detector);
    case DetectorKind::names:
      found = find_names(view_, detector);
      break;
    case DetectorKind::labels:
      found = find_labelled_values(view_, plan_.model->detectors[detector], detector);
      break;
  }
  return std::all_of(found.begin(), found.end(),
                     [this](const Candidate& candidate) { return judge(candidate); });
}

bool PartScan::judge_roster(std::size_t detector) {
  const Detector& asked = plan_.model->detectors[detector];
  const RosterHits hits = find_on_roster(view_, *asked.roster, detector, asked.confidence);
  return std::all_of(hits.candidates.begin(), hits.candidates.end(),
                     [this](const Candidate& candidate) { return judge(candidate); }) &&
         hits.complete;
}

bool PartScan::judge(Candidate candidate) {
  if (judged_.size() + silenced_.size() >= kMostJudged ||
      (++looked_ % kJudgedBetweenClockLooks == 0 && message_.budget.out_of_time())) {
    return false;
  }
  if (candidate.to <= candidate.from || candidate.to > view_.text.size() ||
      candidate.finding_class >= plan_.class_kinds[candidate.detector].size()) {
    return true;
  }
  const Verdict verdict = judgement_.judge(candidate);
  if (verdict == Verdict::kept) {
    keep_or_exempt(candidate);
  } else if (verdict == Verdict::disclaimer || verdict == Verdict::footer) {
    silenced_.push_back({candidate, verdict});
  } else {
    drop(candidate, std::string(to_string(verdict)));
  }
  return true;
}

void PartScan::keep_or_exempt(const Candidate& candidate) {
  const Exemption* exemption = exemption_of_value(
      plan_.model->exemptions, plan_.model->detectors[candidate.detector].id,
      view_.text.substr(candidate.from, candidate.to - candidate.from), message_.context);
  if (exemption == nullptr) {
    judged_.push_back({candidate, plan_.class_kinds[candidate.detector][candidate.finding_class]});
  } else {
    drop(candidate, "exempt " + exemption->id);
  }
}

void PartScan::drop(const Candidate& candidate, std::string reason) {
  if (message_.tell && dropped_.size() < kMostDropped) {
    dropped_.push_back({finding_of(candidate), std::move(reason)});
  }
}

// A notice that speaks of one person is none, and nothing in it is dropped.
void PartScan::judge_silenced() {
  std::vector<const Region*> personal;
  for (const Silenced& silenced : silenced_) {
    if (judgement_.tells_of_person(silenced.candidate)) {
      personal.push_back(region_at(regions_, silenced.candidate.from));
    }
  }
  std::sort(personal.begin(), personal.end());
  for (const Silenced& silenced : silenced_) {
    const Region* region = region_at(regions_, silenced.candidate.from);
    if (std::binary_search(personal.begin(), personal.end(), region)) {
      keep_or_exempt(silenced.candidate);
    } else {
      drop(silenced.candidate, std::string(to_string(silenced.verdict)));
    }
  }
}

void PartScan::report(Findings& out) {
  std::vector<Candidate> weaker;
  for (const Candidate& candidate :
       arbitrate(std::move(judged_), message_.tell ? &weaker : nullptr)) {
    out.items.push_back(finding_of(candidate));
  }
  if (!message_.tell) {
    return;
  }
  for (const Candidate& candidate : weaker) {
    dropped_.push_back({finding_of(candidate), "weaker"});
  }
  std::stable_sort(dropped_.begin(), dropped_.end(), [](const Dropped& a, const Dropped& b) {
    return a.finding.offset < b.finding.offset;
  });
  std::move(dropped_.begin(), dropped_.end(), std::back_inserter(out.dropped));
}

Finding PartScan::finding_of(const Candidate& candidate) const {
  const Detector& detector = plan_.model->detectors[candidate.detector];
  const SourceSpan span = normal_.source_span(candidate.from, candidate.to);
  return {detector.id, detector.classes[candidate.finding_class],
          index_,      span.offset,
          span.length, candidate.confidence};
}

}  // namespace phimilter::policy
