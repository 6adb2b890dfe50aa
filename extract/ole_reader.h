// SPDX-License-Identifier: Apache-2.0
//
// Compound files by what stands in them: legacy Word, Excel and PowerPoint, Outlook items,
// encrypted Office files; of any other, the text runs of its streams, and it is opaque (unknown).
// Objects inside are read too: storages into the same text, files as members.
#pragma once

#include "extract/format_reader.h"

namespace phimilter::extract {

bool is_word_binary(const Document& document);
bool is_excel_binary(const Document& document);
bool is_powerpoint_binary(const Document& document);
bool is_outlook_item(const Document& document);
bool is_compound_file(const Document& document);
// Whichever it is.
void read_compound_file(const Document& document, ReadingSink& sink);

}  // namespace phimilter::extract
