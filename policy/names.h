// SPDX-License-Identifier: Apache-2.0
//
// Names of persons, told apart: patients by cue, by lists, by the forms "Given Surname", "Surname,
// Given", a title or a number or date beside them; and providers, writers, places, eponyms and
// organisations, which are none.
#pragma once

#include <vector>

#include "policy/part_view.h"

namespace phimilter::policy {

// Candidates for the detector with index `detector` (DetectorKind::names): class 0 is the name of
// somebody who may be a patient; its confidence says how sure it is that this is a person's name
// and not a provider's or the writer's.
std::vector<Candidate> find_names(const PartView& view, std::size_t detector);

}  // namespace phimilter::policy
