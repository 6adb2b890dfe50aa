// SPDX-License-Identifier: Apache-2.0
//
// HL7 v2 (chapter 2) as it travels in mail: files with CR, LF or CRLF, MLLP frames, batches, and
// messages that somebody has pasted into a body, quoted, wrapped, or on one line.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace phimilter::extract {

struct Hl7Separators {
  char field = '|';
  char component = '^';
  char repetition = '~';
  char escape = '\\';
  char subcomponent = '&';
};

struct Hl7Segment {
  std::string_view id;
  std::vector<std::string_view> fields;  // by number; 0 is the id
  Hl7Separators separators;

  std::string_view field(std::size_t number) const {
    return number < fields.size() ? fields[number] : std::string_view();
  }
};

bool holds_hl7(std::string_view text);
// Every segment that stands in the text, in order. `take` returns false to stop.
void for_each_hl7_segment(std::string_view text,
                          const std::function<bool(const Hl7Segment&)>& take);

}  // namespace phimilter::extract
