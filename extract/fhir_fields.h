// SPDX-License-Identifier: Apache-2.0
//
// Which elements of FHIR resources (R4 and R5) say something about a person, and what.
#pragma once

#include <string_view>

namespace phimilter::extract {

enum class FhirType {
  date,
  coded,      // CodeableConcept
  reference,  // to a person or an organisation
  quantity,   // also Money
  text,
  annotation,  // its "text" is what counts
};

struct FhirField {
  std::string_view key;
  FhirType type;
  std::string_view label;  // empty: as the resource says (code), or as the reference says
};

// nullptr: no such field.
const FhirField* fhir_field(std::string_view key);

// What the shared elements of a resource are.
struct FhirResource {
  std::string_view type;
  std::string_view name;        // of `name`; empty: there is none
  std::string_view identifier;  // of `identifier`; empty: no person's
  std::string_view code;        // of `code`; empty: says nothing
  bool is_private = true;       // its addresses and phones are a patient's or a relative's
};

FhirResource fhir_resource(std::string_view type);
// For a reference to "Patient/..." and the like; empty: not said.
std::string_view fhir_person_label(std::string_view resource_type);

}  // namespace phimilter::extract
