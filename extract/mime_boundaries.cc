// SPDX-License-Identifier: Apache-2.0
#include "extract/mime_boundaries.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <optional>
#include <set>

#include "base/encoding.h"
#include "extract/header_words.h"
#include "extract/mime_header.h"

namespace phimilter::extract {
namespace {

constexpr std::size_t kGuesses = 3;
constexpr std::size_t kLongestParameter = 512;
constexpr std::size_t kParameters = 1000;
constexpr std::size_t kLongestGuess = 200;  // RFC 2046 5.1.1 allows 70

void add_once(std::vector<std::string>& list, std::string_view value) {
  if (!value.empty() && list.size() < kBoundaryCandidates &&
      std::find(list.begin(), list.end(), value) == list.end()) {
    list.emplace_back(value);
  }
}

std::string without_comments(std::string_view value) {
  std::string out;
  int depth = 0;
  for (const char c : value) {
    depth += c == '(' ? 1 : 0;
    if (depth == 0) {
      out.push_back(c);
    }
    depth -= c == ')' && depth > 0 ? 1 : 0;
  }
  return std::string(trim(out));
}

std::string without_quotes(std::string_view value) {
  std::string out(value);
  std::erase_if(out, [](char c) { return c == '"' || c == '\'' || c == '\\'; });
  return std::string(trim(out));
}

std::string_view without_trailing_blanks(std::string_view text) {
  const std::size_t last = text.find_last_not_of(" \t");
  return last == std::string_view::npos ? "" : text.substr(0, last + 1);
}

enum class Line { text, delimiter, closing, half };

Line kind_of(std::string_view line, std::string_view boundary) {
  if (!line.starts_with("--") || !line.substr(2).starts_with(boundary)) {
    return Line::text;
  }
  const std::string_view rest = trim(line.substr(2 + boundary.size()));
  if (rest.empty()) {
    return Line::delimiter;
  }
  return rest == "--" ? Line::closing : Line::half;
}

// A line that begins as ours and is the delimiter of a multipart entity inside: "--a1" under "a".
class InnerBoundaries {
 public:
  explicit InnerBoundaries(std::string_view body) {
    const std::string lower = ascii_lower(body);
    std::size_t tries = kParameters;
    for (std::size_t at = lower.find("boundary"); at != std::string::npos && tries-- > 0;
         at = lower.find("boundary", at + 8)) {
      const std::size_t end =
          std::min({lower.find('\n', at), lower.size(), at + kLongestParameter});
      for (auto& value : boundary_candidates("x/y; " + std::string(body.substr(at, end - at)))) {
        names_.insert(std::move(value));
      }
    }
  }
  bool know(std::string_view line) const {
    std::string_view name = without_trailing_blanks(line.substr(2));
    const bool known = names_.contains(std::string(name));
    name.remove_suffix(name.ends_with("--") ? 2 : 0);
    return known || names_.contains(std::string(name));
  }

 private:
  std::set<std::string> names_;
};

}  // namespace

std::vector<std::string> boundary_candidates(std::string_view raw_content_type) {
  std::vector<std::string> candidates;
  for (const auto& value : parameter_values(raw_content_type, "boundary")) {
    add_once(candidates, without_trailing_blanks(value));
    add_once(candidates, without_comments(value));
    add_once(candidates, without_quotes(value));
    add_once(candidates, without_quotes(value.substr(0, value.find_first_of(" \t,"))));
  }
  return candidates;
}

std::vector<std::string> guessed_boundaries(std::string_view body) {
  std::map<std::string, std::size_t, std::less<>> seen;
  std::vector<std::string> guesses;
  bool after_delimiter = false;
  std::string last;
  std::string_view rest = body;
  while (!rest.empty() && guesses.size() < kGuesses) {
    const std::string_view line = without_trailing_blanks(without_line_end(take_line(rest)));
    if (after_delimiter && ascii_lower(line.substr(0, 8)) == "content-") {
      add_once(guesses, last);
    }
    after_delimiter = line.size() >= 3 && line.size() < kLongestGuess && line.starts_with("--") &&
                      line.find_first_not_of('-') != std::string_view::npos &&
                      line.find(' ') == std::string_view::npos;
    if (after_delimiter) {
      last = line.substr(2);
    }
  }
  return guesses;
}

MultipartSplit split_multipart(std::string_view body, std::string_view boundary) {
  MultipartSplit split;
  std::optional<InnerBoundaries> inner;
  std::optional<std::size_t> start;
  bool closed = false;
  std::string_view rest = body;
  while (!rest.empty()) {
    const std::size_t at = body.size() - rest.size();
    const std::string_view line = without_line_end(take_line(rest));
    const Line kind = kind_of(line, boundary);
    if (kind == Line::half) {
      if (!inner) {
        inner.emplace(body);
      }
      split.half_delimiters = split.half_delimiters || !inner->know(line);
    }
    if (kind != Line::delimiter && kind != Line::closing) {
      continue;
    }
    split.used = true;
    split.goes_on_after_end = split.goes_on_after_end || (closed && kind == Line::delimiter);
    if (start) {
      split.parts.push_back(body.substr(*start, at - *start));
    }
    closed = closed || kind == Line::closing;
    start = closed ? std::nullopt : std::optional(body.size() - rest.size());
  }
  if (start) {
    split.parts.push_back(body.substr(*start));
  }
  return split;
}

std::string with_plain_delimiters(std::string_view body, std::string_view boundary) {
  std::string out;
  out.reserve(body.size());
  std::string_view rest = body;
  while (!rest.empty()) {
    const std::string_view line = take_line(rest);
    if (kind_of(without_line_end(line), boundary) == Line::text) {
      out.append(line);
    } else {
      out.append("--").append(boundary).append("\r\n");
    }
  }
  return out.append("\r\n--").append(boundary).append("--\r\n");
}

}  // namespace phimilter::extract
