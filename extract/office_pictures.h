// SPDX-License-Identifier: Apache-2.0
//
// Pictures of legacy Office ([MS-ODRAW] 2.2.23): bitmaps wherever they stand in a stream.
#pragma once

#include <string_view>

#include "extract/format_reader.h"

namespace phimilter::extract {

void read_office_pictures(std::string_view stream, ReadingSink& sink);

}  // namespace phimilter::extract
