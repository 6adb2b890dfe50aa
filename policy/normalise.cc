// SPDX-License-Identifier: Apache-2.0
#include "policy/normalise.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <optional>

#include "policy/normalise_table.h"

namespace phimilter::policy {
namespace {

struct Decoded {
  char32_t character = 0;
  std::size_t length = 1;
  bool valid = false;
};

Decoded decode(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[at + i]); };
  const unsigned lead = byte(0);
  const std::size_t length = lead < 0x80    ? 1
                             : lead >= 0xF0 ? 4
                             : lead >= 0xE0 ? 3
                             : lead >= 0xC2 ? 2
                                            : 0;
  if (length == 0 || at + length > text.size()) {
    return {};
  }
  char32_t character = length == 1 ? lead : lead & (0xFFU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0U) != 0x80U) {
      return {};
    }
    character = (character << 6U) | (byte(i) & 0x3FU);
  }
  return {character, length, true};
}

// nullopt: the character stays as it is.
std::optional<std::string_view> folded(char32_t character) {
  const auto* after =
      std::upper_bound(kFolds.begin(), kFolds.end(), character,
                       [](char32_t wanted, const FoldRun& run) { return wanted < run.first; });
  if (character < 0x80 || after == kFolds.begin()) {
    return std::nullopt;
  }
  const FoldRun& run = *(after - 1);
  const std::size_t place = character - run.first;
  if (place >= run.count) {
    return std::nullopt;
  }
  return run.length == 0 ? kFoldPool.substr(run.at + place, 1)
                         : kFoldPool.substr(run.at, run.length - 1U);
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Where the run of ASCII ends that can be taken over as it is: before CR, before a line end that
// may cut a number, before anything beyond ASCII. Eight bytes at a time while there is neither.
std::size_t plain_end(std::string_view text, std::size_t at) {
  constexpr std::uint64_t kOnes = 0x0101010101010101U;
  constexpr std::uint64_t kHighs = 0x8080808080808080U;
  const auto has_zero = [](std::uint64_t eight) { return (eight - kOnes) & ~eight & kHighs; };
  while (at < text.size()) {
    std::uint64_t eight = 0;
    if (at + 8 <= text.size()) {
      std::memcpy(&eight, text.data() + at, 8);
      if (((eight & kHighs) | has_zero(eight ^ (kOnes * '\r')) |
           has_zero(eight ^ (kOnes * '\n'))) == 0) {
        at += 8;
        continue;
      }
    }
    const char c = text[at];
    const bool cuts = c == '\n' && at > 0 && at + 1 < text.size() &&
                      (text[at - 1] == '-' || text[at - 1] == '/' || text[at - 1] == '\r' ||
                       is_digit(text[at - 1]));
    if (static_cast<unsigned char>(c) >= 0x80 || c == '\r' || cuts) {
      return at;
    }
    ++at;
  }
  return at;
}

}  // namespace

NormalText::NormalText(std::string_view source) : source_(source) {
  text_.reserve(source.size());
  std::size_t at = 0;
  while (at < source.size()) {
    const std::size_t end = plain_end(source, at);
    append(source.substr(at, end - at), at);
    at = end < source.size() ? append_character(end) : end;
  }
}

// Takes over the character at `at`, folded; returns where the next one begins.
std::size_t NormalText::append_character(std::size_t at) {
  if (source_[at] == '\n') {
    const std::size_t skipped = wrapped_number_at(at);
    append(source_.substr(at, skipped == 0 ? 1 : 0), at);
    return at + std::max<std::size_t>(skipped, 1);
  }
  if (source_[at] == '\r') {
    return at + 1;
  }
  const Decoded decoded = decode(source_, at);
  const std::string_view spelled = source_.substr(at, decoded.length);
  const std::string_view text =
      decoded.valid ? folded(decoded.character).value_or(spelled) : spelled;
  if (text.size() <= spelled.size()) {
    append(text, at);
    return at + decoded.length;
  }
  for (std::size_t i = 0; i < text.size(); ++i) {
    append(text.substr(i, 1), at);  // each byte comes from the one character
  }
  return at + decoded.length;
}

void NormalText::append(std::string_view bytes, std::size_t source_offset) {
  if (bytes.empty()) {
    return;
  }
  if (next_source_ != source_offset) {
    runs_.push_back({text_.size(), source_offset});
  }
  next_source_ = source_offset + bytes.size();
  text_.append(bytes);
}

// How many bytes from the line end on stand inside a number: "536-\n22", "536\n-22", "12/\n> 03".
// 0: none.
std::size_t NormalText::wrapped_number_at(std::size_t newline) const {
  constexpr std::size_t kDeepestQuote = 8;
  const std::size_t size = text_.size();
  std::size_t next = newline + 1;
  while (next < source_.size() && next <= newline + kDeepestQuote &&
         (source_[next] == '>' || (source_[next] == ' ' && source_[next - 1] == '>'))) {
    ++next;
  }
  const auto dash = [](char c) { return c == '-' || c == '/'; };
  const bool cut_behind = size >= 2 && dash(text_[size - 1]) && is_digit(text_[size - 2]) &&
                          next < source_.size() && is_digit(source_[next]);
  const bool cut_before = size >= 1 && is_digit(text_[size - 1]) && next + 1 < source_.size() &&
                          source_[next] == '-' && is_digit(source_[next + 1]);
  return cut_behind || cut_before ? next - newline : 0;
}

void NormalText::remove(const std::vector<NormalSpan>& gaps) {
  std::string text;
  std::vector<Run> runs;
  text.reserve(text_.size());
  std::size_t at = 0;
  auto old = runs_.begin();
  const auto keep = [&](std::size_t to) {
    if (at < to) {
      runs.push_back({text.size(), source_offset(at)});
      for (; old != runs_.end() && old->normal < to; ++old) {
        if (old->normal > at) {
          runs.push_back({text.size() + (old->normal - at), old->source});
        }
      }
      text.append(text_, at, to - at);
    }
  };
  for (const NormalSpan& gap : gaps) {
    keep(gap.from);
    at = gap.to;
  }
  keep(text_.size());
  text_ = std::move(text);
  runs_ = std::move(runs);
}

std::size_t NormalText::source_offset(std::size_t normal) const {
  const auto after =
      std::upper_bound(runs_.begin(), runs_.end(), normal,
                       [](std::size_t wanted, const Run& run) { return wanted < run.normal; });
  const Run& run = *(after - 1);
  return run.source + (normal - run.normal);
}

SourceSpan NormalText::source_span(std::size_t from, std::size_t to) const {
  // The character that the byte belongs to; a byte that is not UTF-8 belongs to itself.
  const auto character_start = [this](std::size_t offset) {
    for (std::size_t back = 0; back < 4 && back <= offset; ++back) {
      const Decoded decoded = decode(source_, offset - back);
      if (decoded.valid && decoded.length > back) {
        return offset - back;
      }
    }
    return offset;
  };
  const std::size_t first = character_start(source_offset(from));
  const std::size_t last = character_start(source_offset(to - 1));
  return {first, last + decode(source_, last).length - first};
}

std::string normalised(std::string_view source) {
  return NormalText(source).text();
}

namespace {

constexpr std::size_t kFewestDigits = 5;
constexpr std::size_t kFewestLetters = 4;
constexpr std::size_t kLongestGap = 3;

bool is_single(const Token& token) {
  return token.to - token.from == 1 && token.letters != Letters::mark;
}

// Digits may have their own dashes and slashes between the blanks; letters have one blank.
bool continues(std::string_view text, const Token& last, const Token& next) {
  const std::string_view gap = text.substr(last.to, next.from - last.to);
  const bool digits = last.letters == Letters::digits;
  if (gap.empty() || !is_single(next) || (next.letters == Letters::digits) != digits) {
    return false;
  }
  return digits ? gap.size() <= kLongestGap && gap.find(' ') != std::string_view::npos &&
                      gap.find_first_not_of(" -./") == std::string_view::npos
                : gap == " ";
}

void note_blanks(std::string_view text, std::size_t from, std::size_t to,
                 std::vector<NormalSpan>& out) {
  for (std::size_t at = from; at < to; ++at) {
    if (text[at] == ' ') {
      out.push_back({at, at + 1});
    }
  }
}

}  // namespace

std::vector<NormalSpan> spelling_gaps(std::string_view text, const Tokens& tokens) {
  std::vector<NormalSpan> out;
  for (std::size_t first = 0; first < tokens.size();) {
    if (!is_single(tokens[first])) {
      ++first;
      continue;
    }
    std::size_t last = first;
    while (last + 1 < tokens.size() && continues(text, tokens[last], tokens[last + 1])) {
      ++last;
    }
    const bool digits = tokens[first].letters == Letters::digits;
    if (last - first + 1 >= (digits ? kFewestDigits : kFewestLetters)) {
      note_blanks(text, tokens[first].to, tokens[last].from, out);
    }
    first = last + 1;
  }
  return out;
}

}  // namespace phimilter::policy
