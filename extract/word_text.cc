// SPDX-License-Identifier: Apache-2.0
#include "extract/word_text.h"

#include <utility>

#include "base/limits.h"
#include "extract/code_page.h"
#include "extract/little_endian.h"
#include "extract/utf8.h"

namespace phimilter::extract {
namespace {

constexpr std::size_t kFields = 10'000;  // open at once; more are read as text
constexpr std::size_t kChunk = 64 * limits::kKiB;

bool is_mark(unsigned character) {
  return character < 0x20 || (character >= 0xF020 && character <= 0xF0FF);
}

}  // namespace

WordText::WordText(ReadingSink& sink, WordParagraphs paragraphs)
    : sink_(sink), paragraphs_(std::move(paragraphs)) {}

std::string& WordText::output() {
  return in_instructions_ > 0 ? instructions_ : text_;
}

void WordText::add(std::string_view bytes, std::size_t offset, bool wide) {
  const std::size_t width = wide ? 2 : 1;
  std::size_t start = 0;
  for (std::size_t i = 0; i + width <= bytes.size(); i += width) {
    const unsigned character = wide ? u16_at(bytes, i) : u8_at(bytes, i);
    if (!is_mark(character)) {
      continue;
    }
    add_run(bytes.substr(start, i - start), wide);
    add_mark(character, offset + i);
    start = i + width;
  }
  add_run(bytes.substr(start), wide);
  if (text_.size() >= kChunk) {
    sink_.text(std::exchange(text_, {}));
  }
  if (instructions_.size() > limits::kPartText) {
    sink_.opaque("", Opaque::limit);
    instructions_.resize(utf8_prefix(instructions_, limits::kPartText).size());
  }
}

void WordText::add_run(std::string_view bytes, bool wide) {
  if (!bytes.empty()) {
    output() += wide ? decode_utf16le(bytes) : decode_code_page(bytes, kWindowsLatin);
  }
}

void WordText::add_mark(unsigned mark, std::size_t offset) {
  switch (mark) {
    case 0x07:
      end_cell(offset);
      break;
    case 0x09:
      output() += paragraphs_.at(offset) == WordParagraphs::Place::cell ? ' ' : '\t';
      break;
    case 0x0B:
    case 0x0D:
    case 0x0E:
      output() += paragraphs_.at(offset) == WordParagraphs::Place::cell ? ' ' : '\n';
      break;
    case 0x0C:
      output() += '\f';
      break;
    case 0x13:
      fields_.size() < kFields ? fields_.push_back(true) : void(++fields_past_limit_);
      in_instructions_ += fields_past_limit_ == 0 ? 1 : 0;
      break;
    case 0x14:
      if (fields_past_limit_ == 0 && !fields_.empty() && fields_.back()) {
        fields_.back() = false;
        --in_instructions_;
        instructions_ += '\n';
      }
      break;
    case 0x15:
      end_field();
      break;
    case 0x1E:
      output() += '-';
      break;
    default:
      if (mark >= 0xF020) {
        append_utf8(output(), mark - 0xF000);  // a symbol font's byte
      }
  }
}

void WordText::end_field() {
  if (fields_past_limit_ > 0) {
    --fields_past_limit_;
  } else if (!fields_.empty()) {
    if (fields_.back()) {
      --in_instructions_;
      instructions_ += '\n';
    }
    fields_.pop_back();
  }
}

// The row's own mark stands behind the mark of its last cell. Where the document does not say which
// is which, two in a row are taken for both.
void WordText::end_cell(std::size_t offset) {
  const auto place = paragraphs_.at(offset);
  std::string& out = output();
  const bool row_end = place == WordParagraphs::Place::row_end ||
                       (place == WordParagraphs::Place::unknown && out.ends_with('\t'));
  if (row_end && out.ends_with('\t')) {
    out.pop_back();
  }
  out += row_end ? '\n' : '\t';
}

void WordText::end_story() {
  fields_.clear();
  fields_past_limit_ = 0;
  in_instructions_ = 0;
  if (!text_.ends_with('\n')) {
    text_ += '\n';
  }
}

void WordText::finish() {
  end_story();
  sink_.text(text_);
  sink_.text(instructions_);
}

}  // namespace phimilter::extract
