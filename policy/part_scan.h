// SPDX-License-Identifier: Apache-2.0
//
// One part of a message being read: normalised, cut into words, looked up, searched, judged.
#pragma once

#include <chrono>
#include <cstddef>
#include <vector>

#include "base/limits.h"
#include "policy/arbitration.h"
#include "policy/detection_plan.h"
#include "policy/finding.h"
#include "policy/judgement.h"
#include "policy/normalise.h"

namespace phimilter::policy {

// Time for all parts of a message together.
class DetectionBudget {
 public:
  bool out_of_time() const { return std::chrono::steady_clock::now() > end_; }

 private:
  std::chrono::steady_clock::time_point end_ =
      std::chrono::steady_clock::now() + std::chrono::milliseconds(limits::kDetectMs);
};

// What all parts of a message share.
struct MessageScan {
  const DetectionPlan& plan;
  const MessageContext& context;
  OwnNames own_names;
  DetectionBudget budget;
  bool tell = false;  // fill Findings::dropped
};

class PartScan {
 public:
  PartScan(const MessageScan& message, const extract::PartText& part, std::size_t index);
  // Adds what the part holds. False: a budget was spent, more may stand in it.
  bool run(Findings& out);
  std::size_t index() const { return index_; }
  // As run() read them.
  std::string_view text() const { return view_.text; }
  const Tokens& tokens() const { return tokens_; }
  // Where the word stands in the part's own text.
  std::size_t source_offset(const Token& token) const {
    return normal_.source_span(token.from, token.to).offset;
  }

 private:
  bool look_up();
  bool judge_all();
  bool judge(Candidate candidate);
  bool judge_found(std::size_t detector);
  bool judge_roster(std::size_t detector);
  void keep_or_exempt(const Candidate& candidate);
  void drop(const Candidate& candidate, std::string reason);
  void judge_silenced();
  void report(Findings& out);
  Finding finding_of(const Candidate& candidate) const;

  const MessageScan& message_;
  const DetectionPlan& plan_;
  std::size_t index_;
  NormalText normal_;
  Tokens tokens_;
  Regions regions_;
  std::vector<TermHit> term_hits_;
  CueHits cue_hits_;
  PartView view_;
  Judgement judgement_;
  // In a notice or a footer, which may turn out to be none.
  struct Silenced {
    Candidate candidate;
    Verdict verdict;
  };

  std::vector<Judged> judged_;
  std::vector<Silenced> silenced_;
  std::vector<Dropped> dropped_;
  std::size_t looked_ = 0;
};

}  // namespace phimilter::policy
