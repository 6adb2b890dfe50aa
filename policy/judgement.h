// SPDX-License-Identifier: Apache-2.0
//
// What is asked of every candidate, whoever found it: the detector's validator, what stands before
// and behind, cues that make it surer, the region it stands in, whether it is one of our own side.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/detection_plan.h"
#include "policy/part_view.h"

namespace phimilter::policy {

// Where the terms of a cue list stand: bytes of the normalised text, in its order, not overlapping.
struct CueHit {
  std::size_t from = 0;
  std::size_t to = 0;
};
using CueHits = std::vector<std::vector<CueHit>>;  // by cue list

enum class Verdict {
  kept,
  validator,
  deny_before,
  deny_after,
  own_address,
  own_name,
  disclaimer,
  footer,
  signature,
  attribution,
  no_cue,  // too little confidence without one
};
std::string_view to_string(Verdict verdict);

// The names of our own side, folded to their words.
class OwnNames {
 public:
  explicit OwnNames(const std::vector<std::string>& names);
  // Two words at least, all of them in one of the names, whatever their order.
  bool hold(std::string_view name) const;

 private:
  std::vector<std::vector<std::string>> names_;
};

class Judgement {
 public:
  // All three must outlive it.
  Judgement(const DetectionPlan& plan, const PartView& view, const CueHits& cue_hits,
            const OwnNames& own_names)
      : plan_(plan), view_(view), cue_hits_(cue_hits), own_names_(own_names) {}

  // Raises the candidate's confidence as its cues say.
  Verdict judge(Candidate& candidate) const;
  // It tells of one person, as no notice and no footer does: a sure identifier, a filled label, a
  // measured value. A region in which such a thing stands was taken for one wrongly.
  bool tells_of_person(const Candidate& candidate) const;

 private:
  Verdict where(const std::string& finding_class, const Candidate& candidate) const;
  Verdict whose(const std::string& finding_class, std::string_view value) const;
  bool cue_near(const Cue& cue, std::size_t list, const Candidate& candidate) const;
  bool pattern_near(const Cue& cue, const Candidate& candidate) const;

  const DetectionPlan& plan_;
  const PartView& view_;
  const CueHits& cue_hits_;
  const OwnNames& own_names_;
};

}  // namespace phimilter::policy
