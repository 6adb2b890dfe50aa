// SPDX-License-Identifier: Apache-2.0
//
// Detectors applied to the parts of a message. Built once from the model, then read by all threads.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "extract/message_text.h"
#include "policy/model.h"
#include "policy/policy.h"

namespace phimilter::policy {

inline constexpr std::string_view kRecipientClass = "id.recipient";
inline constexpr std::string_view kOpaquePrefix = "opaque.";

class Detection {
 public:
  // Configuration fault when the patterns do not go into one set.
  static Result<Detection> create(const std::vector<Detector>& detectors);
  // Bounded by limits::kFindings and limits::kDetectMs: past them `complete` is false.
  Findings detect(const extract::MessageText& text, const MessageContext& context) const;

 private:
  class PartScan;
  struct TermEntry {  // what a lexicon entry stands for: a detector's term, or a cue
    std::size_t detector;
    std::size_t term;
    std::size_t cue_list;  // npos: not a cue
  };
  void add_terms();
  std::size_t cue_list_of(const Cue& cue);

  std::vector<Detector> detectors_;
  std::vector<std::size_t> pattern_owner_;           // pattern -> detector
  std::vector<std::vector<std::size_t>> cue_lists_;  // detector -> cue -> list, npos for a pattern
  std::vector<std::string> cue_sources_;
  std::vector<TermEntry> entries_;
  Lexicon lexicon_;
  PatternSet patterns_;
};

}  // namespace phimilter::policy
