// SPDX-License-Identifier: Apache-2.0
#include "extract/charset.h"

#include <unicode/ucnv.h>
#include <unicode/udata.h>
#include <unicode/utf16.h>

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include "base/encoding.h"
#include "extract/utf8.h"

namespace phimilter::extract {
namespace {

// 0x80..0x9F; the five holes of the code page stand for themselves, as WHATWG's Encoding Standard
// has it.
constexpr std::array<char16_t, 32> kWindows1252{
    0x20AC, 0x0081, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0x008D, 0x017D, 0x008F, 0x0090, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x009D, 0x017E, 0x0178};

void append_windows_1252(std::string& text, unsigned char byte) {
  append_utf8(text, byte >= 0x80 && byte < 0xA0 ? kWindows1252[byte - 0x80U] : byte);
}

std::string from_windows_1252(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size());
  for (const char byte : bytes) {
    append_windows_1252(text, static_cast<unsigned char>(byte));
  }
  return text;
}

std::string from_utf8(std::string_view bytes) {
  if (is_utf8(bytes)) {
    return std::string(bytes);
  }
  std::string text;
  text.reserve(bytes.size());
  for (std::size_t i = 0; i < bytes.size();) {
    const std::size_t length = utf8_sequence(bytes, i);
    if (length > 0) {
      text.append(bytes.substr(i, length));
    } else {
      append_windows_1252(text, static_cast<unsigned char>(bytes[i]));
    }
    i += std::max<std::size_t>(length, 1);
  }
  return text;
}

// Labels that mail uses for more than, or for something else than, what the registry says. After
// WHATWG's labels.
constexpr std::array<std::pair<std::string_view, std::string_view>, 19> kReadAs{{
    {"gb2312", "gb18030"},
    {"gbk", "gb18030"},
    {"gb_2312-80", "gb18030"},
    {"x-gbk", "gb18030"},
    {"cp936", "gb18030"},
    {"euc-kr", "windows-949-2000"},
    {"ks_c_5601-1987", "windows-949-2000"},
    {"ks_c_5601", "windows-949-2000"},
    {"ksc5601", "windows-949-2000"},
    {"shift_jis", "ibm-943_P15A-2003"},
    {"shift-jis", "ibm-943_P15A-2003"},
    {"sjis", "ibm-943_P15A-2003"},
    {"x-sjis", "ibm-943_P15A-2003"},
    {"windows-31j", "ibm-943_P15A-2003"},
    {"iso-8859-9", "windows-1254"},
    {"iso-8859-11", "windows-874-2000"},
    {"tis-620", "windows-874-2000"},
    {"iso-8859-8-i", "iso-8859-8"},
    {"iso-8859-6-i", "iso-8859-6"},
}};

constexpr std::array<std::string_view, 9> kUtf8Labels{
    "utf-8", "utf8",     "us-ascii", "ascii", "ansi_x3.4-1968", "iso-ir-6", "unicode-1-1-utf-8",
    "646",   "utf-8-sig"};
constexpr std::array<std::string_view, 11> kLatinLabels{
    "iso-8859-1", "iso8859-1", "iso_8859-1",   "latin1",     "latin-1", "l1",
    "cp1252",     "x-cp1252",  "windows-1252", "iso-ir-100", "cp819"};
constexpr std::array<std::string_view, 9> kUtf16LeLabels{
    "utf-16le",  "utf16le",         "unicode",     "ucs-2",     "ucs2",
    "csunicode", "iso-10646-ucs-2", "unicodefeff", "x-utf-16le"};
constexpr std::array<std::string_view, 6> kUtf16BeLabels{"utf-16",   "utf16",   "utf_16",
                                                         "utf-16be", "utf16be", "unicodefffe"};
// What mailers write when they do not know either.
constexpr std::array<std::string_view, 8> kNoLabels{
    "",        "unknown-8bit", "x-unknown",       "unknown",
    "default", "_default",     "default_charset", "x-user-defined"};

template <typename Table>
bool contains(const Table& table, std::string_view label) {
  return std::find(table.begin(), table.end(), label) != table.end();
}

std::string clean_label(std::string_view charset) {
  std::string label = ascii_lower(trim(charset));
  std::erase_if(label, [](char c) { return c == '"' || c == '\'' || c == ' ' || c == '\t'; });
  return label;
}

using Converter = std::unique_ptr<UConverter, decltype(&ucnv_close)>;

Converter open_converter(const std::string& label) {
  std::string name = label;
  for (const auto& [from, to] : kReadAs) {
    if (from == label) {
      name = to;
    }
  }
  UErrorCode error = U_ZERO_ERROR;
  Converter converter(ucnv_open(name.c_str(), &error), &ucnv_close);
  if (U_FAILURE(error)) {
    converter.reset();
  }
  return converter;
}

// UChars become UTF-8; a pair that a chunk border cuts is carried over in `lead`.
std::size_t append_utf16(std::string& text, const UChar* from, const UChar* to, UChar& lead) {
  std::size_t replaced = 0;
  for (; from < to; ++from) {
    if (lead != 0 && U16_IS_TRAIL(*from)) {
      append_utf8(text, static_cast<char32_t>(U16_GET_SUPPLEMENTARY(lead, *from)));
      lead = 0;
      continue;
    }
    if (lead != 0) {
      append_utf8(text, 0xFFFD);
      ++replaced;
      lead = 0;
    }
    if (U16_IS_LEAD(*from)) {
      lead = *from;
      continue;
    }
    const bool bad = *from == 0xFFFD || U16_IS_TRAIL(*from);
    replaced += bad ? 1 : 0;
    append_utf8(text, bad ? char32_t{0xFFFD} : *from);
  }
  return replaced;
}

// One character in so many may be damaged before the text as a whole is not believed.
constexpr std::size_t kDamageShare = 20;

Decoded convert(UConverter* converter, std::string_view bytes) {
  Decoded decoded;
  std::array<UChar, 4096> buffer{};
  const char* from = bytes.data();
  const char* const end = from + bytes.size();
  std::size_t replaced = 0;
  std::size_t characters = 0;
  UChar lead = 0;
  UErrorCode error = U_BUFFER_OVERFLOW_ERROR;
  while (error == U_BUFFER_OVERFLOW_ERROR) {
    error = U_ZERO_ERROR;
    UChar* to = buffer.data();
    ucnv_toUnicode(converter, &to, buffer.data() + buffer.size(), &from, end, nullptr, 1, &error);
    characters += static_cast<std::size_t>(to - buffer.data());
    replaced += append_utf16(decoded.text, buffer.data(), to, lead);
  }
  decoded.certain = U_SUCCESS(error) && lead == 0 && replaced <= characters / kDamageShare;
  return decoded;
}

bool starts_with_any_mark(std::string_view bytes) {
  return bytes.starts_with("\xFF\xFE") || bytes.starts_with("\xFE\xFF");
}

// Text of mostly Latin letters in UTF-16 has a zero in every second byte.
std::string_view utf16_by_zeros(std::string_view bytes) {
  const std::string_view head = bytes.substr(0, 1024);
  std::size_t even = 0;
  std::size_t odd = 0;
  for (std::size_t i = 0; i < head.size(); ++i) {
    const bool zero = head[i] == '\0';
    even += zero && i % 2 == 0 ? 1 : 0;
    odd += zero && i % 2 == 1 ? 1 : 0;
  }
  if (head.size() >= 4 && odd > head.size() / 4 && even < odd / 8 + 1) {
    return "utf-16le";
  }
  return head.size() >= 4 && even > head.size() / 4 && odd < even / 8 + 1 ? "utf-16be" : "";
}

std::string unlabelled_charset(std::string_view bytes) {
  if (starts_with_any_mark(bytes)) {
    return "utf-16";
  }
  const std::string_view wide = utf16_by_zeros(bytes);
  return wide.empty() ? "utf-8" : std::string(wide);
}

// Names of UTF-16 say little about its order; a byte order mark and the zeros do.
std::string utf16_as_it_is(std::string_view bytes, const std::string& label) {
  const bool little_endian = contains(kUtf16LeLabels, label);
  if (!little_endian && !contains(kUtf16BeLabels, label)) {
    return label;
  }
  if (starts_with_any_mark(bytes)) {
    return "utf-16";
  }
  const std::string_view wide = utf16_by_zeros(bytes);
  return wide.empty() ? little_endian ? "utf-16le" : "utf-16be" : std::string(wide);
}

Decoded decode_labelled(std::string_view bytes, const std::string& label) {
  if (contains(kUtf8Labels, label)) {
    return {from_utf8(bytes), true};
  }
  if (contains(kLatinLabels, label)) {
    return {from_windows_1252(bytes), true};
  }
  if (const Converter converter = open_converter(utf16_as_it_is(bytes, label))) {
    return convert(converter.get(), bytes);
  }
  const bool seven_bit = std::all_of(bytes.begin(), bytes.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x80 && c != '\x1B';
  });
  return {from_utf8(bytes), seven_bit};
}

}  // namespace

void warm_up_charsets() {
  UErrorCode error = U_ZERO_ERROR;
  udata_setFileAccess(UDATA_NO_FILES, &error);
  for (const char* name : {"utf-16", "iso-8859-2", "gb18030", "iso-2022-jp", "koi8-r"}) {
    (void)decode_charset("x", name);
  }
}

Decoded decode_charset(std::string_view bytes, std::string_view charset) {
  std::string label = clean_label(charset);
  if (contains(kNoLabels, label)) {
    label = unlabelled_charset(bytes);
  }
  Decoded decoded = decode_labelled(bytes, label);
  if (decoded.text.starts_with("\xEF\xBB\xBF")) {
    decoded.text.erase(0, 3);
  }
  return decoded;
}

}  // namespace phimilter::extract
