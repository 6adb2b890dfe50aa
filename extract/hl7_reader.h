// SPDX-License-Identifier: Apache-2.0
//
// HL7 v2 messages as labelled lines: one record a patient.
#pragma once

#include "extract/format_reader.h"

namespace phimilter::extract {

bool is_hl7(const Document& document);
void read_hl7(const Document& document, ReadingSink& sink);

}  // namespace phimilter::extract
