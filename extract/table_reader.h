// SPDX-License-Identifier: Apache-2.0
//
// Tables as text (RFC 4180 and its relatives with semicolon, TAB or bar): a row is a line, cells
// are separated by TAB.
#pragma once

#include "extract/format_reader.h"

namespace phimilter::extract {

bool is_table(const Document& document);
void read_table(const Document& document, ReadingSink& sink);

}  // namespace phimilter::extract
