// SPDX-License-Identifier: Apache-2.0
//
// Findings as rules see them, and the windows of a text in which every need of a rule is met.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "extract/message_text.h"
#include "policy/finding.h"
#include "policy/model.h"

namespace phimilter::policy {

struct Evidence {
  std::uint32_t index = 0;  // into Findings::items
  std::uint32_t text = 0;   // equal for equal texts: letters and digits, whatever their case
  std::uint32_t finding_class = 0;  // equal for equal classes
  std::uint32_t part = 0;
  std::uint32_t line = 0;    // from 0, in the part
  std::uint32_t record = 0;  // empty lines before it
  std::size_t from = 0;      // bytes of the part's text
  std::size_t to = 0;
  int confidence = 0;
  bool over = false;  // in a header field or the name of a file, or nowhere in a text
};

// In the order of the findings. `classes` holds a number for each finding.
std::vector<Evidence> evidence_of(const extract::MessageText& text, const Findings& findings,
                                  const std::vector<std::uint32_t>& classes);

// One piece of evidence with the needs of a rule that it meets, a bit a need.
struct Claim {
  const Evidence* evidence = nullptr;
  std::uint32_t needs = 0;
};

// Indexes of the findings that stand in a group or window in which every need of the rule is met;
// `claims` in the order of the text. Empty: nowhere. Linear in the claims.
std::vector<std::size_t> met_together(const Rule& rule, const std::vector<Claim>& claims);

// Whether the claims whose bit is set meet the need, wherever they stand.
bool met_anywhere(const Need& need, std::uint32_t bit, const std::vector<Claim>& claims);
// What they are worth for a need that asks for points, wherever they stand.
std::size_t points_of(const Need& need, std::uint32_t bit, const std::vector<Claim>& claims);

}  // namespace phimilter::policy
