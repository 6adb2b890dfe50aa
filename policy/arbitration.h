// SPDX-License-Identifier: Apache-2.0
//
// Which of several candidates for the same stretch of text stay.
#pragma once

#include <cstddef>
#include <vector>

#include "policy/part_view.h"

namespace phimilter::policy {

struct Judged {
  Candidate candidate;
  std::size_t kind = 0;  // the first word of its class ("id", "health"), as a number
};

// Of candidates of one kind that lie over each other the surer one stays, then the longer one, then
// the earlier one: one number is not two pieces of evidence. Comes back by offset; what went is
// added to `weaker` unless that is nullptr.
std::vector<Candidate> arbitrate(std::vector<Judged> judged, std::vector<Candidate>* weaker);

}  // namespace phimilter::policy
