// SPDX-License-Identifier: Apache-2.0
//
// RTF (Rich Text Format Specification 1.9.1) as text: the body with headers and footers in place,
// then footnotes, comments and text boxes, then what fields are made of. Table rows are lines with
// TAB between the cells. RTF that carries HTML ([MS-OXRTFEX]) is read as RTF and as that HTML.
// Embedded objects and pictures become members.
#pragma once

#include "extract/format_reader.h"

namespace phimilter::extract {

bool is_rtf(const Document& document);
void read_rtf(const Document& document, ReadingSink& sink);

}  // namespace phimilter::extract
