// SPDX-License-Identifier: Apache-2.0
//
// JSON and XML: clinical documents and FHIR by their meaning, anything else by its keys.
#pragma once

#include "extract/format_reader.h"

namespace phimilter::extract {

bool is_json(const Document& document);
void read_json(const Document& document, ReadingSink& sink);
bool is_xml(const Document& document);
void read_xml(const Document& document, ReadingSink& sink);

}  // namespace phimilter::extract
