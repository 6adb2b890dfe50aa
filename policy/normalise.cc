// SPDX-License-Identifier: Apache-2.0
#include "policy/normalise.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

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

enum class Fold { remove, blank, dash, apostrophe, quote, digits, ascii };

struct FoldRange {
  char32_t first;
  char32_t last;
  Fold fold;
};

// Sorted. `digits`: ten from `first` on; `ascii`: the full width forms of U+0021..U+007E.
constexpr std::array kRanges{
    FoldRange{0x00A0, 0x00A0, Fold::blank},      FoldRange{0x00AD, 0x00AD, Fold::remove},
    FoldRange{0x0300, 0x036F, Fold::remove},     FoldRange{0x0660, 0x0669, Fold::digits},
    FoldRange{0x06F0, 0x06F9, Fold::digits},     FoldRange{0x07C0, 0x07C9, Fold::digits},
    FoldRange{0x0966, 0x096F, Fold::digits},     FoldRange{0x09E6, 0x09EF, Fold::digits},
    FoldRange{0x0A66, 0x0A6F, Fold::digits},     FoldRange{0x0AE6, 0x0AEF, Fold::digits},
    FoldRange{0x0B66, 0x0B6F, Fold::digits},     FoldRange{0x0BE6, 0x0BEF, Fold::digits},
    FoldRange{0x0C66, 0x0C6F, Fold::digits},     FoldRange{0x0CE6, 0x0CEF, Fold::digits},
    FoldRange{0x0D66, 0x0D6F, Fold::digits},     FoldRange{0x0E50, 0x0E59, Fold::digits},
    FoldRange{0x0ED0, 0x0ED9, Fold::digits},     FoldRange{0x0F20, 0x0F29, Fold::digits},
    FoldRange{0x1040, 0x1049, Fold::digits},     FoldRange{0x1680, 0x1680, Fold::blank},
    FoldRange{0x17E0, 0x17E9, Fold::digits},     FoldRange{0x180B, 0x180E, Fold::remove},
    FoldRange{0x1810, 0x1819, Fold::digits},     FoldRange{0x2000, 0x200A, Fold::blank},
    FoldRange{0x200B, 0x200F, Fold::remove},     FoldRange{0x2010, 0x2015, Fold::dash},
    FoldRange{0x2018, 0x201B, Fold::apostrophe}, FoldRange{0x201C, 0x201F, Fold::quote},
    FoldRange{0x202A, 0x202E, Fold::remove},     FoldRange{0x202F, 0x202F, Fold::blank},
    FoldRange{0x205F, 0x205F, Fold::blank},      FoldRange{0x2060, 0x2069, Fold::remove},
    FoldRange{0x2212, 0x2212, Fold::dash},       FoldRange{0x3000, 0x3000, Fold::blank},
    FoldRange{0xFE00, 0xFE0F, Fold::remove},     FoldRange{0xFE58, 0xFE58, Fold::dash},
    FoldRange{0xFE63, 0xFE63, Fold::dash},       FoldRange{0xFEFF, 0xFEFF, Fold::remove},
    FoldRange{0xFF01, 0xFF5E, Fold::ascii},      FoldRange{0x1D7CE, 0x1D7D7, Fold::digits},
    FoldRange{0x1D7D8, 0x1D7E1, Fold::digits},   FoldRange{0x1D7E2, 0x1D7EB, Fold::digits},
    FoldRange{0x1D7EC, 0x1D7F5, Fold::digits},   FoldRange{0x1D7F6, 0x1D7FF, Fold::digits},
};

struct FoldPair {
  char32_t from;
  std::string_view to;
};

// Sorted: ligatures, and letters that look like a Latin one.
constexpr std::array kPairs{
    FoldPair{0x0391, "A"},   FoldPair{0x0392, "B"},  FoldPair{0x0395, "E"},
    FoldPair{0x0396, "Z"},   FoldPair{0x0397, "H"},  FoldPair{0x0399, "I"},
    FoldPair{0x039A, "K"},   FoldPair{0x039C, "M"},  FoldPair{0x039D, "N"},
    FoldPair{0x039F, "O"},   FoldPair{0x03A1, "P"},  FoldPair{0x03A4, "T"},
    FoldPair{0x03A7, "X"},   FoldPair{0x03BF, "o"},  FoldPair{0x0405, "S"},
    FoldPair{0x0406, "I"},   FoldPair{0x0408, "J"},  FoldPair{0x0410, "A"},
    FoldPair{0x0412, "B"},   FoldPair{0x0415, "E"},  FoldPair{0x041A, "K"},
    FoldPair{0x041C, "M"},   FoldPair{0x041D, "H"},  FoldPair{0x041E, "O"},
    FoldPair{0x0420, "P"},   FoldPair{0x0421, "C"},  FoldPair{0x0422, "T"},
    FoldPair{0x0425, "X"},   FoldPair{0x0430, "a"},  FoldPair{0x0435, "e"},
    FoldPair{0x043E, "o"},   FoldPair{0x0440, "p"},  FoldPair{0x0441, "c"},
    FoldPair{0x0443, "y"},   FoldPair{0x0445, "x"},  FoldPair{0x0455, "s"},
    FoldPair{0x0456, "i"},   FoldPair{0x0458, "j"},  FoldPair{0xFB00, "ff"},
    FoldPair{0xFB01, "fi"},  FoldPair{0xFB02, "fl"}, FoldPair{0xFB03, "ffi"},
    FoldPair{0xFB04, "ffl"}, FoldPair{0xFB05, "st"}, FoldPair{0xFB06, "st"},
};

// U+00C0 to U+017F without their accents; '?' stays as it is.
constexpr char32_t kLatinFirst = 0x00C0;
constexpr std::string_view kLatin =
    "AAAAAA?CEEEEIIIIDNOOOOO?OUUUUY??"
    "aaaaaa?ceeeeiiiidnooooo?ouuuuy?y"
    "AaAaAaCcCcCcCcDdDdEeEeEeEeEeGgGg"
    "GgGgHhHhIiIiIiIiIi??JjKkkLlLlLlL"
    "lLlNnNnNnnNnOoOoOo??RrRrRrSsSsSs"
    "SsTtTtTtUuUuUuUuUuUuWwYyYZzZzZzs";
static_assert(kLatin.size() == 0x0180 - 0x00C0);

constexpr std::string_view kDigits = "0123456789";

constexpr std::string_view kAscii =
    "!\"#$%&'()*+,-./"
    "0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~";
static_assert(kAscii.size() == 0x5E);

std::string_view folded(const FoldRange& range, char32_t character) {
  switch (range.fold) {
    case Fold::remove:
      return {};
    case Fold::blank:
      return " ";
    case Fold::dash:
      return "-";
    case Fold::apostrophe:
      return "'";
    case Fold::quote:
      return "\"";
    case Fold::digits:
      return kDigits.substr(character - range.first, 1);
    case Fold::ascii:
      return kAscii.substr(character - range.first, 1);
  }
  return {};
}

// nullopt: the character stays as it is.
std::optional<std::string_view> folded(char32_t character) {
  if (character >= kLatinFirst && character < kLatinFirst + kLatin.size()) {
    const std::string_view letter = kLatin.substr(character - kLatinFirst, 1);
    return letter == "?" ? std::nullopt : std::optional(letter);
  }
  const auto* range = std::lower_bound(
      kRanges.begin(), kRanges.end(), character,
      [](const FoldRange& candidate, char32_t wanted) { return candidate.last < wanted; });
  if (range != kRanges.end() && range->first <= character) {
    return folded(*range, character);
  }
  const auto* pair = std::lower_bound(
      kPairs.begin(), kPairs.end(), character,
      [](const FoldPair& candidate, char32_t wanted) { return candidate.from < wanted; });
  if (pair != kPairs.end() && pair->from == character) {
    return pair->to;
  }
  return std::nullopt;
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_plain(char c) {
  return static_cast<unsigned char>(c) < 0x80 && c != '\r' && c != '\n';
}

}  // namespace

NormalText::NormalText(std::string_view source) : source_(source) {
  text_.reserve(source.size());
  std::size_t at = 0;
  while (at < source.size()) {
    std::size_t end = at;
    while (end < source.size() && is_plain(source[end])) {
      ++end;
    }
    if (end > at) {
      append(source.substr(at, end - at), at);
      at = end;
      continue;
    }
    const Decoded decoded = decode(source, at);
    const std::string_view spelled = source.substr(at, decoded.length);
    if (decoded.character == '\n') {
      append(wrapped_number_at(at) ? std::string_view() : spelled, at);
    } else if (decoded.character != '\r') {
      append(decoded.valid ? folded(decoded.character).value_or(spelled) : spelled, at);
    }
    at += decoded.length;
  }
}

void NormalText::append(std::string_view bytes, std::size_t source_offset) {
  if (bytes.empty()) {
    return;
  }
  if (runs_.empty() || this->source_offset(text_.size()) != source_offset) {
    runs_.push_back({text_.size(), source_offset});
  }
  text_.append(bytes);
}

bool NormalText::wrapped_number_at(std::size_t newline) const {
  const std::size_t size = text_.size();
  return size >= 2 && text_[size - 1] == '-' && is_digit(text_[size - 2]) &&
         newline + 1 < source_.size() && is_digit(source_[newline + 1]);
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

}  // namespace phimilter::policy
