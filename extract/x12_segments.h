// SPDX-License-Identifier: Apache-2.0
//
// X12 interchanges as they travel in mail: files with or without line breaks, wrapped, quoted,
// pasted, also without their envelope.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace phimilter::extract {

struct X12Separators {
  char element = '*';
  char component = ':';
  char repetition = '^';
  char terminator = '~';
};

struct X12Segment {
  std::vector<std::string_view> elements;  // by number; 0 is the id
  X12Separators separators;

  std::string_view id() const { return elements.front(); }
  std::string_view element(std::size_t number) const {
    return number < elements.size() ? elements[number] : std::string_view();
  }
  // Both from 1.
  std::string_view component(std::size_t element_number, std::size_t number) const;
};

bool holds_x12(std::string_view text);
// Every segment that stands in the text, in order. `take` returns false to stop.
void for_each_x12_segment(std::string_view text,
                          const std::function<bool(const X12Segment&)>& take);

}  // namespace phimilter::extract
