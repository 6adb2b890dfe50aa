// SPDX-License-Identifier: Apache-2.0
//
// JSON (RFC 8259) wherever it stands: whole files, a document a line, pasted into a body or a log
// line; also cut off, with trailing commas, or with line breaks in strings, as mail leaves it.
#pragma once

#include <optional>
#include <string_view>

#include "extract/data_tree.h"

namespace phimilter::extract {

// Whether an object or an array of them begins somewhere in the text.
bool holds_json(std::string_view text);
// The next document in the text, which is removed from it with all before it.
std::optional<DataTree> next_json(std::string_view& text);

}  // namespace phimilter::extract
