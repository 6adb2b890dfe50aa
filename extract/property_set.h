// SPDX-License-Identifier: Apache-2.0
//
// Document properties ([MS-OLEPS]; "\5SummaryInformation", "\5DocumentSummaryInformation"): title,
// subject, author, keywords, comments, and what the document's program or its user has added. One
// line each.
#pragma once

#include <string_view>

#include "extract/format_reader.h"

namespace phimilter::extract {

void read_property_set(std::string_view stream, ReadingSink& sink);

}  // namespace phimilter::extract
