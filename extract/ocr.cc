// SPDX-License-Identifier: Apache-2.0
#include "extract/ocr.h"

#include <algorithm>
#include <cstddef>

#include "extract/charset.h"
#include "extract/tool_runner.h"

namespace phimilter::extract {
namespace {

// A scanned letter or form has a hundred words and more; what OCR makes of a photograph, a drawing
// or handwriting is a few, and most of them broken. In between nobody can tell what was missed, so
// the picture stays opaque beside its words.
constexpr std::size_t kWordsOfAPage = 20;

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c & 0x80) != 0;
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Letters alone, three or more, or a number; punctuation may stand around.
bool is_plausible(std::string_view word) {
  while (!word.empty() && !is_letter(word.back()) && !is_digit(word.back())) {
    word.remove_suffix(1);
  }
  while (!word.empty() && !is_letter(word.front()) && !is_digit(word.front())) {
    word.remove_prefix(1);
  }
  const bool letters = word.size() >= 3 && std::all_of(word.begin(), word.end(), is_letter);
  return letters || (word.size() >= 2 && is_digit(word.front()) && is_digit(word.back()));
}

bool is_page_of_text(std::string_view text) {
  std::size_t words = 0;
  std::size_t plausible = 0;
  while (!text.empty()) {
    const std::size_t start = std::min(text.find_first_not_of(" \t\n\f"), text.size());
    const std::size_t end = std::min(text.find_first_of(" \t\n\f", start), text.size());
    words += end > start ? 1 : 0;
    plausible += end > start && is_plausible(text.substr(start, end - start)) ? 1 : 0;
    text.remove_prefix(end);
  }
  return plausible >= kWordsOfAPage && 2 * plausible >= words;
}

PictureWords words_of(ToolAnswer answer) {
  if (answer.outcome != ToolOutcome::text) {
    return {};
  }
  PictureWords words{decode_charset(answer.text, "utf-8").text, false};
  words.read = is_page_of_text(words.text);
  return words;
}

}  // namespace

PictureWords words_of_picture(std::string_view picture, std::string_view media_type, int tools) {
  if (media_type != "image/png" && media_type != "image/jpeg" && media_type != "image/tiff") {
    return {};
  }
  return words_of(ask_tool(tools, Tool::image_words, picture));
}

PictureWords words_of_page(std::string_view pdf, std::uint32_t page, int tools) {
  return words_of(ask_tool(tools, Tool::page_words, pdf, page));
}

}  // namespace phimilter::extract
