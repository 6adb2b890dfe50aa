// SPDX-License-Identifier: Apache-2.0
#include "extract/html_writer.h"

#include <algorithm>
#include <iterator>

#include "extract/utf8.h"

namespace phimilter::extract {
namespace {

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

bool is_word(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x80 || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

}  // namespace

void HtmlWriter::collapsed(std::string_view text) {
  for (const char c : text) {
    if (is_blank(c)) {
      blank_ = true;
      continue;
    }
    if (watched_) {
      watched_ = false;
      word_went_on_ = word_went_on_ || (is_word(c) && inside_word());
    }
    settle();
    text_.push_back(c);
  }
}

void HtmlWriter::verbatim(std::string_view text) {
  settle();
  std::copy_if(text.begin(), text.end(), std::back_inserter(text_),
               [](char c) { return c != '\r'; });
}

void HtmlWriter::words(std::string_view text) {
  if (std::all_of(text.begin(), text.end(), is_blank)) {
    return;
  }
  blank_ = true;
  collapsed(text);
  blank_ = true;
}

void HtmlWriter::line() {
  blank_ = false;
  line_ = true;
}

void HtmlWriter::row() {
  line();
  settle();
}

void HtmlWriter::cell(bool first_of_row) {
  blank_ = false;
  line_ = false;
  if (!first_of_row) {
    text_.push_back('\t');
  }
}

bool HtmlWriter::inside_word() const {
  return !blank_ && !line_ && !text_.empty() && is_word(text_.back());
}

void HtmlWriter::join_lines(std::size_t from) {
  std::replace(text_.begin() + static_cast<std::ptrdiff_t>(std::min(from, text_.size())),
               text_.end(), '\n', ' ');
}

void HtmlWriter::reverse(std::size_t from) {
  if (from < text_.size()) {
    const std::string tail = reversed_characters(std::string_view(text_).substr(from));
    text_.replace(from, std::string::npos, tail);
  }
}

void HtmlWriter::settle() {
  const bool at_start = text_.empty() || text_.back() == '\n' || text_.back() == '\t';
  if (line_ && !at_start) {
    text_.push_back('\n');
  } else if (blank_ && !at_start) {
    text_.push_back(' ');
  }
  blank_ = false;
  line_ = false;
}

}  // namespace phimilter::extract
