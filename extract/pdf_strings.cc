// SPDX-License-Identifier: Apache-2.0
#include "extract/pdf_strings.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "base/limits.h"
#include "extract/charset.h"
#include "extract/content_type.h"
#include "extract/inflate.h"

namespace phimilter::extract {
namespace {

constexpr std::size_t kLongestString = 64 * limits::kKiB;
constexpr std::size_t kStrings = 1 * limits::kMiB;
constexpr std::size_t kDictionary = 2048;
constexpr std::size_t kObjects = 16 * limits::kMiB;  // of one stream

bool is_octal(char c) {
  return c >= '0' && c <= '7';
}

// Behind a backslash (7.3.4.2): what it stands for is added, how much was taken is returned.
std::size_t add_escaped(std::string_view text, std::string& out) {
  constexpr std::string_view kNames = "nrtbf";
  constexpr std::string_view kValues = "\n\r\t\b\f";
  if (text.empty() || text[0] == '\n' || text[0] == '\r') {
    return std::min<std::size_t>(text.size(), text.starts_with("\r\n") ? 2 : 1);
  }
  if (const std::size_t name = kNames.find(text[0]); name != std::string_view::npos) {
    out.push_back(kValues[name]);
    return 1;
  }
  if (!is_octal(text[0])) {
    out.push_back(text[0]);
    return 1;
  }
  unsigned value = 0;
  std::size_t digits = 0;
  for (; digits < std::min<std::size_t>(3, text.size()) && is_octal(text[digits]); ++digits) {
    value = value * 8 + static_cast<unsigned>(text[digits] - '0');
  }
  out.push_back(static_cast<char>(value & 0xFF));
  return digits;
}

// `text` begins behind the opening bracket.
std::string literal_string(std::string_view text) {
  std::string out;
  int depth = 1;
  for (std::size_t i = 0; i < text.size();) {
    const char c = text[i++];
    if (c == '\\') {
      i += add_escaped(text.substr(i), out);
      continue;
    }
    depth += c == '(' ? 1 : c == ')' ? -1 : 0;
    if (depth == 0) {
      return out;
    }
    out.push_back(c);
  }
  return text.size() >= kLongestString ? out : "";
}

std::string hexadecimal_string(std::string_view text) {
  std::string out;
  unsigned value = 0;
  bool half = false;
  for (const char c : text.substr(0, text.find('>'))) {
    const char lower = static_cast<char>(c | 0x20);
    const bool letter = lower >= 'a' && lower <= 'f';
    if (!letter && (c < '0' || c > '9')) {
      continue;
    }
    value = value << 4 | static_cast<unsigned>(letter ? lower - 'a' + 10 : c - '0');
    if (half) {
      out.push_back(static_cast<char>(value & 0xFF));
    }
    half = !half;
  }
  return out;
}

// Text strings are UTF-16 or UTF-8 by their mark, else PDFDocEncoding (7.9.2.2), of which the
// letters are Latin-1's.
std::string text_of(const std::string& bytes) {
  const bool marked = bytes.starts_with("\xFE\xFF") || bytes.starts_with("\xEF\xBB\xBF");
  return decode_charset(bytes, marked ? "" : "iso-8859-1").text;
}

void add_values(std::string_view pdf, std::string_view key, std::string& out) {
  for (std::size_t at = pdf.find(key); at != std::string_view::npos && out.size() < kStrings;
       at = pdf.find(key, at + 1)) {
    const std::size_t start = pdf.find_first_not_of(" \t\r\n", at + key.size());
    if (start == std::string_view::npos || (pdf[start] != '(' && pdf[start] != '<')) {
      continue;
    }
    const std::string_view rest = pdf.substr(start + 1, kLongestString);
    std::string text = text_of(pdf[start] == '(' ? literal_string(rest) : hexadecimal_string(rest));
    std::replace(text.begin(), text.end(), '\r', '\n');
    if (!text.empty() && reads_as_text(text)) {
      out += text + '\n';
    }
  }
}

void add_all_values(std::string_view objects, std::string& out) {
  for (const std::string_view key : {"/Contents", "/V", "/TU", "/DV"}) {
    add_values(objects, key, out);
  }
}

// The bytes of the stream whose dictionary goes on here.
std::string_view stream_behind(std::string_view dictionary) {
  constexpr std::string_view kStream = "stream";
  const std::size_t at = dictionary.substr(0, kDictionary).find(kStream);
  if (at == std::string_view::npos) {
    return {};
  }
  dictionary.remove_prefix(at + kStream.size());
  dictionary.remove_prefix(dictionary.starts_with("\r\n") ? 2
                           : dictionary.starts_with('\n') ? 1
                                                          : 0);
  return dictionary.substr(0, dictionary.find("endstream"));
}

}  // namespace

PdfStrings pdf_strings(std::string_view pdf, std::size_t longest) {
  PdfStrings strings;
  add_all_values(pdf, strings.text);
  // Objects are packed many into one stream by most programs (7.5.7).
  for (std::size_t at = pdf.find("/ObjStm"); at != std::string_view::npos;
       at = pdf.find("/ObjStm", at + 1)) {
    const Inflated objects =
        inflate(stream_behind(pdf.substr(at)), std::min(kObjects, longest - strings.unpacked));
    strings.unpacked += objects.bytes.size();
    strings.cut = strings.cut || (!objects.whole && objects.bytes.size() >= kObjects) ||
                  strings.unpacked >= longest;
    add_all_values(objects.bytes, strings.text);
    if (strings.cut) {
      break;
    }
  }
  strings.cut = strings.cut || strings.text.size() >= kStrings;
  return strings;
}

}  // namespace phimilter::extract
