// SPDX-License-Identifier: Apache-2.0
//
// What the qualifiers of the X12 transactions of health care (270/271, 276/277, 278, 834, 835, 837)
// say about the value beside them.
#pragma once

#include <string>
#include <string_view>

namespace phimilter::extract {

struct X12Party {
  std::string_view label;  // of the name; empty: no name of its own
  bool is_patient_side;    // address, phone and numbers that follow are a patient's or a relative's
};

// NM1 01 and N1 01, with NM1 02 ("1": a person).
X12Party x12_party(std::string_view entity, std::string_view kind);
// REF 01; empty: says nothing about a person.
std::string_view x12_reference_label(std::string_view qualifier);
// DTP 01 and DTM 01; empty: a date of no person.
std::string_view x12_date_label(std::string_view qualifier);
// HI: the label of a code list; empty: no diagnosis and no procedure.
std::string_view x12_code_list_label(std::string_view qualifier);
// "E119" -> "E11.9", "8901" -> "890.1", by the code list.
std::string written_diagnosis_code(std::string_view qualifier, std::string_view code);

}  // namespace phimilter::extract
