// SPDX-License-Identifier: Apache-2.0
//
// Lines "label TAB value" of records, an empty line between two records.
#pragma once

#include <string>
#include <string_view>

#include "extract/format_reader.h"

namespace phimilter::extract {

class RecordWriter {
 public:
  explicit RecordWriter(ReadingSink& sink) : sink_(sink) {}
  // Line breaks and TABs in the value become blanks; an empty value writes nothing.
  void field(std::string_view label, std::string_view value);
  // What comes next is another record.
  void end_record();
  bool full() const { return sink_.full(); }
  ReadingSink& sink() { return sink_; }

 private:
  ReadingSink& sink_;
  std::string line_;
  bool in_record_ = false;
};

}  // namespace phimilter::extract
