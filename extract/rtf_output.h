// SPDX-License-Identifier: Apache-2.0
//
// Where the text of an RTF document goes: the body at once, what stands elsewhere and what fields
// are made of behind it, the HTML that the RTF carries last.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "extract/format_reader.h"
#include "extract/rtf_words.h"

namespace phimilter::extract {

class RtfOutput {
 public:
  explicit RtfOutput(ReadingSink& sink) : sink_(sink) {}

  // `only_rtf`: not in the HTML that the RTF carries.
  void add(RtfDestination destination, std::string_view text, bool only_rtf);
  void end_cell(RtfDestination destination);
  void end_row(RtfDestination destination);
  // The next text of the body begins a line.
  void end_line();
  // The next text of this destination begins a line.
  void end_aside(RtfDestination destination);
  void carries_html() { from_html_ = true; }
  const std::string& shape_name() const { return shape_name_; }
  void clear_shape_name() { shape_name_.clear(); }
  void finish();
  // Nothing more is taken.
  bool full() const { return full_; }

 private:
  std::string& output(RtfDestination destination);
  void add_html(std::string_view text, bool is_markup);

  ReadingSink& sink_;
  std::array<std::string, 3> outputs_;  // body, asides, instructions
  std::string html_;
  std::string shape_name_;
  bool from_html_ = false;
  bool full_ = false;
};

}  // namespace phimilter::extract
