// SPDX-License-Identifier: Apache-2.0
//
// Which fields of HL7 v2 segments (chapters 3 to 10) say something about a person, and what.
#pragma once

#include <span>
#include <string_view>

namespace phimilter::extract {

enum class Hl7Type {
  text,
  coded,
  person,
  provider,
  identifier,
  patient_identifier,  // CX: component 5 tells of what kind it is
  social_security_number,
  address,
  phone,
  date,
  date_time,
  organisation,
};

struct Hl7Field {
  std::string_view segment;
  std::size_t number;
  std::string_view label;
  Hl7Type type;
};

// The fields of one segment; empty: nothing that matters, or it is read elsewhere (OBX).
std::span<const Hl7Field> hl7_fields(std::string_view segment);
// The label for an identifier of the type in table 0203 ("MR", "SS", ...).
std::string_view hl7_identifier_label(std::string_view type, std::string_view otherwise);

}  // namespace phimilter::extract
