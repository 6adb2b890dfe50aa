// SPDX-License-Identifier: Apache-2.0
//
// PowerPoint 97 to 2003 ([MS-PPT]): every text of slides, masters, notes, headers, comments, in the
// order of the stream; pictures and embedded objects as members.
#pragma once

#include <cstddef>

#include "extract/compound_file.h"
#include "extract/format_reader.h"

namespace phimilter::extract {

// The storage holds a stream "PowerPoint Document".
void read_powerpoint(CompoundFile& file, std::size_t storage, ReadingSink& sink);

}  // namespace phimilter::extract
