// SPDX-License-Identifier: Apache-2.0
//
// One part of a message as a finder sees it, and what a finder gives back. All offsets are bytes of
// the normalised text.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "extract/message_text.h"
#include "policy/model.h"
#include "policy/policy.h"
#include "policy/regions.h"
#include "policy/tokens.h"

namespace phimilter::policy {

// A term of a detector or of a cue list that stands in the text.
struct TermHit {
  std::size_t detector = 0;  // kNoDetector: a term that only word or label lists hold
  std::size_t term = 0;      // index into the detector's terms
  std::size_t first = 0;     // token
  std::size_t last = 0;      // token, inclusive
};
inline constexpr std::size_t kNoDetector = static_cast<std::size_t>(-1);

struct PartView {
  const extract::PartText& part;
  std::string_view text;  // normalised
  const Tokens& tokens;
  std::span<const TermHit> terms;  // by first token; longest from the left within one detector
  const Regions& regions;
  const MessageContext& context;
};

// What a finder believes to have found; validators, deny patterns, regions and overlaps are judged
// afterwards, for all detectors alike.
struct Candidate {
  std::size_t detector = 0;
  std::size_t finding_class = 0;  // index into Detector::classes
  std::size_t from = 0;
  std::size_t to = 0;
  int confidence = 0;
};

}  // namespace phimilter::policy
