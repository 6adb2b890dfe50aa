// SPDX-License-Identifier: Apache-2.0
#include "extract/x12_segments.h"

#include <algorithm>
#include <array>
#include <optional>

#include "extract/record_values.h"

namespace phimilter::extract {
namespace {

constexpr std::size_t kElements = 64;
constexpr std::size_t kComponents = 16;
constexpr std::size_t kEnvelope = 400;  // ISA has 106 bytes; more when it is quoted and wrapped
constexpr std::size_t kEnvelopeElements = 16;
constexpr std::size_t kLongestSegment = 100'000;  // past it: no segment, left out

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}
bool is_word(char c) {
  return is_digit(c) || is_letter(c) || static_cast<unsigned char>(c) >= 0x80;
}
bool is_mark(char c) {
  return c > ' ' && c < '\x7F' && !is_word(c);
}

// The next place where `id` stands as the first element of a segment.
std::size_t find_segment(std::string_view text, std::string_view id, std::size_t from) {
  for (std::size_t at = text.find(id, from); at != std::string_view::npos;
       at = text.find(id, at + 1)) {
    const bool apart = at == 0 || !is_word(text[at - 1]);
    const std::size_t behind = at + id.size();
    if (apart && behind < text.size() && is_mark(text[behind])) {
      return at;
    }
  }
  return std::string_view::npos;
}

// ISA names the separators: the element separator is behind its name, the component separator is
// its last element, the terminator follows. By counting, since wrapping moves the fixed columns.
std::optional<X12Separators> envelope_separators(std::string_view text) {
  const std::string_view head = text.substr(0, kEnvelope);
  X12Separators found;
  found.element = head[3];
  std::size_t at = 3;
  for (std::size_t i = 1; i < kEnvelopeElements; ++i) {
    const std::size_t next = head.find(found.element, at + 1);
    if (next == std::string_view::npos) {
      return std::nullopt;
    }
    const bool repetition = i == 11 && next == at + 2 && is_mark(head[at + 1]);
    found.repetition = repetition ? head[at + 1] : found.repetition;
    at = next;
  }
  if (at + 2 >= head.size() || is_word(head[at + 1])) {
    return std::nullopt;
  }
  found.component = head[at + 1];
  found.terminator = head[at + 2] == '\r' ? '\n' : head[at + 2];
  const bool usable = found.terminator == '\n' || is_mark(found.terminator);
  return usable && found.terminator != found.element ? std::optional(found) : std::nullopt;
}

// Without an envelope: the terminator is the first mark behind a known segment's plain elements.
X12Separators guessed_separators(std::string_view text, std::size_t id_size) {
  constexpr std::string_view kPlain = " .,-/&'()#:>^@+";
  X12Separators guess;
  guess.element = text[id_size];
  const std::string_view head = text.substr(0, kEnvelope);
  for (std::size_t i = id_size + 1; i < head.size(); ++i) {
    const char c = head[i];
    if (c == '\n' || (is_mark(c) && c != guess.element && kPlain.find(c) == kPlain.npos)) {
      guess.terminator = c;
      break;
    }
  }
  const std::string_view sample = text.substr(0, 64 * kEnvelope);
  guess.component =
      std::count(sample.begin(), sample.end(), '>') > std::count(sample.begin(), sample.end(), ':')
          ? '>'
          : ':';
  return guess;
}

bool is_transaction(std::string_view text) {
  constexpr std::array<std::string_view, 11> kSets{"270", "271", "275", "276", "277", "278",
                                                   "820", "834", "835", "837", "999"};
  return text.size() > 6 && text[6] == text[2] &&
         std::find(kSets.begin(), kSets.end(), text.substr(3, 3)) != kSets.end();
}

// "NM1*IL*1*": who somebody is, of what kind.
bool is_named_party(std::string_view text) {
  const auto elements = pieces(text.substr(0, 12), text[3], 4);
  return elements.size() == 4 && (elements[1].size() == 2 || elements[1].size() == 3) &&
         std::all_of(elements[1].begin(), elements[1].end(), is_word) &&
         (elements[2] == "1" || elements[2] == "2");
}

struct Interchange {
  std::size_t start = 0;
  X12Separators separators;
};

// Where interchange text begins at or behind `from`.
std::optional<Interchange> find_envelope(std::string_view text, std::size_t from) {
  for (std::size_t at = find_segment(text, "ISA", from); at != std::string_view::npos;
       at = find_segment(text, "ISA", at + 1)) {
    if (const auto separators = envelope_separators(text.substr(at))) {
      return Interchange{at, *separators};
    }
  }
  return std::nullopt;
}

std::optional<Interchange> find_pasted(std::string_view text) {
  for (std::size_t at = find_segment(text, "ST", 0); at != std::string_view::npos;
       at = find_segment(text, "ST", at + 1)) {
    if (is_transaction(text.substr(at))) {
      return Interchange{at, guessed_separators(text.substr(at), 2)};
    }
  }
  for (std::size_t at = find_segment(text, "NM1", 0); at != std::string_view::npos;
       at = find_segment(text, "NM1", at + 1)) {
    if (is_named_party(text.substr(at))) {
      return Interchange{0, guessed_separators(text.substr(at), 3)};
    }
  }
  return std::nullopt;
}

// All lines but the last have one length: broken at a column, not between words.
bool is_cut_at_a_column(std::string_view text) {
  constexpr std::size_t kLines = 3;
  const std::size_t width = text.find('\n');
  if (width == std::string_view::npos || width < 40) {
    return false;
  }
  std::size_t lines = 0;
  while (text.size() > width && text[width] == '\n' && text.find('\n') == width) {
    text.remove_prefix(width + 1);
    ++lines;
  }
  return lines >= kLines;
}

// One segment: line breaks and the quote marks behind them go.
std::string on_one_line(std::string_view segment, std::string_view line_break) {
  std::string out;
  out.reserve(segment.size());
  bool at_line_start = true;
  for (const char c : segment) {
    if (c == '\n' || c == '\r') {
      out.append(at_line_start ? "" : line_break);
      at_line_start = true;
    } else if (!at_line_start || (c != '>' && c != ' ' && c != '\t')) {
      out.push_back(c);
      at_line_start = false;
    }
  }
  return out;
}

// Behind the last piece of a mail that only begins or ends with segments stand plain words.
bool looks_like_segment(std::string_view text, const X12Separators& separators) {
  const std::size_t end = text.find(separators.element);
  return end >= 2 && end <= 3 && text.size() > end && is_letter(text.front());
}

class SegmentWalk {
 public:
  SegmentWalk(const X12Separators& separators, std::string_view text,
              const std::function<bool(const X12Segment&)>& take)
      : separators_(separators),
        line_break_(is_cut_at_a_column(text) ? "" : " "),
        text_(text),
        take_(take) {}

  bool run() {
    while (!text_.empty()) {
      const std::size_t end = std::min(text_.find(separators_.terminator), text_.size());
      if (end < kLongestSegment && !segment(text_.substr(0, end))) {
        return false;
      }
      text_.remove_prefix(std::min(end + 1, text_.size()));
    }
    return true;
  }

 private:
  bool segment(std::string_view raw) {
    const std::string line = on_one_line(raw, line_break_);
    const std::string_view content = without_leading_words(trimmed(line));
    if (!looks_like_segment(content, separators_)) {
      return true;
    }
    X12Segment segment;
    segment.separators = separators_;
    segment.elements = pieces(content, separators_.element, kElements);
    return take_(segment);
  }

  // "Please look at NM1*IL*1*...": the id is the last word before the first separator.
  std::string_view without_leading_words(std::string_view content) const {
    const std::string_view before = content.substr(0, content.find(separators_.element));
    const std::size_t blank = before.rfind(' ');
    return blank == std::string_view::npos ? content : content.substr(blank + 1);
  }

  X12Separators separators_;
  std::string_view line_break_;
  std::string_view text_;
  const std::function<bool(const X12Segment&)>& take_;
};

}  // namespace

std::string_view X12Segment::component(std::size_t element_number, std::size_t number) const {
  const auto components = pieces(element(element_number), separators.component, kComponents);
  return number <= components.size() ? components[number - 1] : std::string_view();
}

bool holds_x12(std::string_view text) {
  return find_envelope(text, 0).has_value() || find_pasted(text).has_value();
}

void for_each_x12_segment(std::string_view text,
                          const std::function<bool(const X12Segment&)>& take) {
  auto here = find_envelope(text, 0);
  if (!here) {
    here = find_pasted(text);
  }
  while (here) {
    const auto next = find_envelope(text, here->start + 3);
    const std::size_t end = next ? next->start : text.size();
    if (!SegmentWalk(here->separators, text.substr(here->start, end - here->start), take).run()) {
      return;
    }
    here = next;
  }
}

}  // namespace phimilter::extract
