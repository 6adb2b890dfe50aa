// SPDX-License-Identifier: Apache-2.0
//
// Patients of the clinic's roster in a text: numbers, addresses, names, and names beside a birth
// date. Bounded work: only what looks like one of these is looked up.
#pragma once

#include <vector>

#include "policy/part_view.h"
#include "policy/roster.h"

namespace phimilter::policy {

// Past it the part is not searched to its end, which is said.
inline constexpr std::size_t kMostRosterLookups = 50'000;

struct RosterHits {
  std::vector<Candidate> candidates;  // of class 0, with the detector's confidence
  bool complete = true;
};

RosterHits find_on_roster(const PartView& view, const Roster& roster, std::size_t detector,
                          int confidence);

}  // namespace phimilter::policy
