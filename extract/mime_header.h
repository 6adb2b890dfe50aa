// SPDX-License-Identifier: Apache-2.0
//
// The header of a message or MIME entity in raw bytes, with what readers disagree about told:
// beside the MIME library's own reading (extract/mime_tree.h), for other_readings.h.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace phimilter::extract {

struct RawField {
  std::string_view name;
  std::string_view value;  // with its folds
  bool odd = false;        // a blank stands before the colon: a field to some readers only
};

struct RawHeader {
  std::vector<RawField> fields;  // up to the first empty line, those behind a stray line too
  std::size_t body = 0;          // behind the empty line
  // The first line that is neither field nor fold: the body begins there for some readers.
  std::optional<std::size_t> stray;
};

RawHeader raw_header(std::string_view entity);

// The fields of that name.
std::vector<RawField> fields_named(const RawHeader& header, std::string_view name);

// Without comments and parameters: "text/html" of " Text/HTML (x); charset=y".
std::string first_token(std::string_view raw_value);

// The next line with its end, cut from the front.
std::string_view take_line(std::string_view& text);
std::string_view without_line_end(std::string_view line);

}  // namespace phimilter::extract
