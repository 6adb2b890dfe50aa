// SPDX-License-Identifier: Apache-2.0
//
// XML wherever it stands: whole files, or pasted into a body behind other text. Entities that a
// document type declares are not expanded.
#pragma once

#include <optional>
#include <string_view>

#include "extract/data_tree.h"

namespace phimilter::extract {

// Where an XML document begins in the text; none: nowhere (HTML is not XML here).
std::optional<std::size_t> find_xml(std::string_view text);
// The root has the document's element as its child. What stands before a fault is there.
DataTree parse_xml(std::string_view text);

}  // namespace phimilter::extract
