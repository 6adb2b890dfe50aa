// SPDX-License-Identifier: Apache-2.0
//
// Values that are told what they are by a label: "DOB: 02/11/1957" in a form, the header cell over
// a column, the first cell of a row, a field of a record. Labels are terms with a class ("date of
// birth" -> id.dob); a value must look like its class and not like an empty form ("____", "N/A",
// "[redacted]", "XXXX").
#pragma once

#include <vector>

#include "policy/part_view.h"

namespace phimilter::policy {

// Candidates for the detector with index `detector` (DetectorKind::labels), whose terms are the
// labels; a term's class is the class of its values.
std::vector<Candidate> find_labelled_values(const PartView& view, const Detector& labels,
                                            std::size_t detector);

}  // namespace phimilter::policy
