// SPDX-License-Identifier: Apache-2.0
//
// The data types of CDA (HL7 v3) as people write them.
#pragma once

#include <string>
#include <string_view>

#include "extract/data_tree.h"

namespace phimilter::extract {

std::string cda_name(const DataNode& name);
std::string cda_address(const DataNode& addr);
std::string cda_code(const DataNode& code);    // CD, CE: "E11.9 Type 2 diabetes"
std::string cda_value(const DataNode& value);  // of an observation, whatever its type
std::string cda_date(const DataNode* time);    // TS, or the start of IVL_TS; empty for nullptr
// A section's text: paragraphs and items are lines, cells of a table row are separated by TAB.
std::string cda_narrative(const DataNode& text);

}  // namespace phimilter::extract
