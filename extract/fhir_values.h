// SPDX-License-Identifier: Apache-2.0
//
// The data types of FHIR (R4 and R5, 2.24) as people write them.
#pragma once

#include <string>
#include <string_view>

#include "extract/data_tree.h"

namespace phimilter::extract {

std::string fhir_name(const DataNode& human_name);
std::string fhir_address(const DataNode& address);
std::string fhir_concept(const DataNode& codeable_concept);  // also Coding, CodeableReference
std::string fhir_quantity(const DataNode& quantity);         // also Money
std::string fhir_date(std::string_view date_time);           // without the time
// "123" of "Patient/123" and "urn:uuid:123"
std::string_view fhir_reference_id(std::string_view reference);
// "Patient" of "https://ehr.example/fhir/Patient/123"; empty: not said
std::string_view fhir_reference_type(std::string_view reference);

}  // namespace phimilter::extract
