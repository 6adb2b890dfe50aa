// SPDX-License-Identifier: Apache-2.0
//
// Word 97 to 2003 ([MS-DOC]) and, more simply, Word 6 and 95: the text of all stories in the order
// of the piece table (body, footnotes, headers and footers, comments, endnotes, text boxes), then
// what fields are made of. Table rows are lines with TAB between the cells.
#pragma once

#include <cstddef>

#include "extract/compound_file.h"
#include "extract/format_reader.h"

namespace phimilter::extract {

// The storage holds a stream "WordDocument".
void read_word(CompoundFile& file, std::size_t storage, ReadingSink& sink);

}  // namespace phimilter::extract
