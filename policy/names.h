// SPDX-License-Identifier: Apache-2.0
//
// Names of persons, told apart: patients by cue, by lists, by the forms "Given Surname", "Surname,
// Given", a title or a number or date beside them; and providers, writers, places, eponyms and
// organisations, which are none.
#pragma once

#include <vector>

#include "policy/part_view.h"

namespace phimilter::policy {

// Candidates for the detector with index `detector` (DetectorKind::names). Class 0 is the name of
// somebody who may be a patient, class 1 the name of somebody who is greeted ("Dear Mrs. Roe"),
// class 2 a lone word that may be a surname and has nothing beside it ("put Roe in at 2").
// Confidence says how sure it is that this is a person's name, and not a provider's or the
// writer's:
//
//   85-88  a word for patients before it ("patient", "pt:"), a birth date, age or record number
//          behind it
//   75-80  a title; a relative ("mother of"); a date, a number or a clinical verb behind it; a
//          listed given name before a listed surname
//   60-70  only one half listed, or an everyday word among them; a single listed name with a
//          number, age or title
//   40-55  by shape alone, or greeted, or in a list of words that could be something else
//
// Names of providers (by title, credential, role or label), of the sender and in signatures are not
// given at all.
std::vector<Candidate> find_names(const PartView& view, std::size_t detector);

}  // namespace phimilter::policy
