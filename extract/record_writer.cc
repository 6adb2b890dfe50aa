// SPDX-License-Identifier: Apache-2.0
#include "extract/record_writer.h"

#include "extract/record_values.h"

namespace phimilter::extract {
namespace {

void append_as_one_line(std::string& line, std::string_view value) {
  for (const char c : value) {
    const bool blank = static_cast<unsigned char>(c) <= ' ' || c == '\x7F';
    if (!blank) {
      line.push_back(c);
    } else if (!line.empty() && line.back() != ' ' && line.back() != '\t') {
      line.push_back(' ');
    }
  }
}

}  // namespace

void RecordWriter::field(std::string_view label, std::string_view value) {
  const std::string_view content = trimmed(value);
  if (content.empty() || sink_.full()) {
    return;
  }
  line_.assign(label);
  line_.push_back('\t');
  append_as_one_line(line_, content);
  line_.push_back('\n');
  sink_.text(line_);
  in_record_ = true;
}

void RecordWriter::end_record() {
  if (in_record_) {
    sink_.text("\n");
  }
  in_record_ = false;
}

}  // namespace phimilter::extract
