// SPDX-License-Identifier: Apache-2.0
//
// Windows metafiles ([MS-EMF], [MS-WMF]): the texts that they draw, a line each. Office keeps
// charts, tables and pasted text so.
#pragma once

#include "extract/format_reader.h"

namespace phimilter::extract {

bool is_enhanced_metafile(const Document& document);
void read_enhanced_metafile(const Document& document, ReadingSink& sink);
bool is_windows_metafile(const Document& document);
void read_windows_metafile(const Document& document, ReadingSink& sink);

}  // namespace phimilter::extract
