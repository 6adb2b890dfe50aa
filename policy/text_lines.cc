// SPDX-License-Identifier: Apache-2.0
#include "policy/text_lines.h"

#include <algorithm>

#include "policy/known_words.h"
#include "policy/text_scan.h"

namespace phimilter::policy {
namespace {

// What ends a letter, alone on its line or with the writer's name behind a comma. Words of one
// phrase.
constexpr KnownWords kClosings{"regards",
                               "best regards",
                               "kind regards",
                               "warm regards",
                               "warmest regards",
                               "with regards",
                               "kindest regards",
                               "best",
                               "all the best",
                               "best wishes",
                               "thanks",
                               "thank you",
                               "many thanks",
                               "thanks again",
                               "thank you again",
                               "thanks so much",
                               "thank you so much",
                               "thanks in advance",
                               "thank you in advance",
                               "thx",
                               "thanx",
                               "ty",
                               "tks",
                               "sincerely",
                               "sincerely yours",
                               "yours sincerely",
                               "yours truly",
                               "very truly yours",
                               "cheers",
                               "respectfully",
                               "respectfully yours",
                               "cordially",
                               "warmly",
                               "take care",
                               "saludos",
                               "saludos cordiales",
                               "un saludo",
                               "atentamente",
                               "cordialmente",
                               "gracias"};

constexpr std::size_t kBytesPerLine = 24;  // of ordinary mail, empty ones included

}  // namespace

std::vector<TextLine> lines_of(std::string_view text, const Tokens& tokens) {
  std::vector<TextLine> out;
  out.reserve(text.size() / kBytesPerLine + 1);
  std::size_t token = 0;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    TextLine line;
    std::size_t from = at;
    while (from < end && (text[from] == '>' || text[from] == ' ' || text[from] == '\t')) {
      line.quotes += text[from++] == '>' ? 1 : 0;
    }
    std::size_t to = end;
    while (to > from && is_blank(text[to - 1])) {
      --to;
    }
    line.from = from;
    line.to = to;
    line.first_token = token;
    while (token < tokens.size() && tokens[token].from < end) {
      ++token;
    }
    line.last_token = token;
    out.push_back(line);
    at = end + 1;
  }
  return out;
}

std::size_t words_in(std::string_view text) {
  std::size_t words = 0;
  bool inside = false;
  for (const char c : text) {
    words += !is_blank(c) && !inside ? 1 : 0;
    inside = !is_blank(c);
  }
  return words;
}

bool ends_sentence(std::string_view text, std::size_t at) {
  const char c = text[at];
  return (c == '.' || c == '!' || c == '?') && at + 1 < text.size() && is_space(text[at + 1]);
}

bool is_closing_phrase(std::string_view phrase) {
  return kClosings.holds(phrase);
}

}  // namespace phimilter::policy
