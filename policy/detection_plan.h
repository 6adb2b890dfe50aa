// SPDX-License-Identifier: Apache-2.0
//
// What detection derives from a model once, to be read by every scan of a part: all terms in one
// lexicon, all patterns in one set, and who owns which of them.
#pragma once

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "base/result.h"
#include "policy/lexicon.h"
#include "policy/model.h"
#include "policy/pattern_set.h"
#include "policy/weighing.h"

namespace phimilter::policy {

inline constexpr std::size_t kNoIndex = static_cast<std::size_t>(-1);

// What an entry of the lexicon stands for; one of the three.
struct LexiconEntry {
  std::size_t detector = kNoIndex;  // a term of this detector
  std::size_t term = kNoIndex;
  std::size_t cue_list = kNoIndex;  // a cue
  WordClasses classes = 0;          // a [[words]] entry of several words
};

struct DetectionPlan {
  // Configuration fault when the patterns do not go into one set.
  static Result<DetectionPlan> create(std::shared_ptr<const Model> model);

  std::shared_ptr<const Model> model;
  Lexicon lexicon;
  std::vector<LexiconEntry> entries;
  PatternSet patterns;
  std::vector<std::size_t> pattern_owner;           // pattern -> detector
  std::vector<std::vector<std::size_t>> cue_lists;  // detector -> cue -> list; kNoIndex: a pattern
  std::size_t cue_list_count = 0;
  std::vector<std::vector<std::size_t>> term_classes;  // detector -> term -> index into its classes
  std::vector<bool> medical;                           // detector -> its terms are words of health
  std::vector<std::pair<std::size_t, Weigher>> weighers;  // detector and its model, made ready
  std::vector<std::vector<std::size_t>> class_kinds;      // detector -> class -> see arbitration.h
};

}  // namespace phimilter::policy
