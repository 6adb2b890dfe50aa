// SPDX-License-Identifier: Apache-2.0
//
// A message on the scales of every model of a plan, part by part: as a whole for class `.care`, and
// stretch by stretch, where it has several, for `.stretch`, the one that is most about care, and
// for `.other`. That holds rules back, so it must be true of all that is there: it is not reported
// where a part could not be read or something sensitive was found.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "extract/message_text.h"
#include "policy/detection_plan.h"
#include "policy/finding.h"
#include "policy/part_scan.h"
#include "policy/scale.h"

namespace phimilter::policy {

// Texts of more bytes are weighed by stretches only: their words say too much of everything.
inline constexpr std::size_t kMostWeighedText = 12000;
// Texts of more bytes are files, not mail.
inline constexpr std::size_t kMostStretchedText = 200'000;

class MessageWeighing {
 public:
  // `tell`: fill Findings::weighed.
  MessageWeighing(const DetectionPlan& plan, const extract::MessageText& text, bool tell);

  // Findings that stand in no part.
  void add_findings(std::span<const Finding> findings);
  // A part that was scanned, and what was found in it, by offset. Headers come before what they
  // head.
  void add_part(const PartScan& scan, const extract::PartText& part,
                std::span<const Finding> findings);
  // Adds to the findings of the message what it weighs.
  void report(Findings& out) const;

 private:
  struct OnScales {
    std::size_t detector;
    const Weigher* weigher;
    Scale whole;
    Scale heads;           // header fields, names of files, and what stands in no part
    Finding stretch = {};  // the one that is most about care
    std::vector<CountedTrait> stretch_counted = {};
  };
  // Those that tell of health or payment, each below the heads; `care`: where something does.
  void add_stretches(const PartScan& scan, std::span<const std::uint16_t> said,
                     std::span<const Weigher::Evidence> evidence, std::span<const std::size_t> care,
                     OnScales& out) const;

  const DetectionPlan& plan_;
  bool tell_;
  std::size_t texts_ = 0;  // parts that are no heads
  bool all_read_ = true;
  bool is_long_ = false;  // nothing is on the scales as a whole
  std::vector<OnScales> weighed_;
};

}  // namespace phimilter::policy
