// SPDX-License-Identifier: Apache-2.0
//
// Excel 97 to 2003 (BIFF8, [MS-XLS]) and 5.0 to 95 (BIFF5): of every sheet, hidden ones too, its
// name and its rows, a line each, values as displayed and separated by TAB; comments, text boxes,
// headers and footers behind the rows of their sheet.
#pragma once

#include <cstddef>
#include <string_view>

#include "extract/compound_file.h"
#include "extract/format_reader.h"

namespace phimilter::extract {

// A stream of the storage "_SX_DB_CUR": a copy of what a pivot table was made from.
void read_pivot_cache(std::string_view stream, ReadingSink& sink);
// The storage holds a stream "Workbook" or "Book".
void read_excel(CompoundFile& file, std::size_t storage, ReadingSink& sink);

}  // namespace phimilter::extract
