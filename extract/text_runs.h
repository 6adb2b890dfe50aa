// SPDX-License-Identifier: Apache-2.0
//
// What text stands in bytes of a format that is not known, or that is damaged: runs of printable
// characters in UTF-16LE, at even and odd places, and in windows-1252, a line each.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "extract/format_reader.h"

namespace phimilter::extract {

void read_text_runs(std::string_view bytes, ReadingSink& sink);
// The runs in UTF-16LE at even places of a short record.
std::vector<std::string> wide_text_runs(std::string_view bytes);

}  // namespace phimilter::extract
