// SPDX-License-Identifier: Apache-2.0
#include "extract/code_page.h"

#include <algorithm>
#include <array>
#include <utility>

#include "extract/charset.h"
#include "extract/little_endian.h"
#include "extract/utf8.h"

namespace phimilter::extract {
namespace {

constexpr std::array<std::pair<unsigned, std::string_view>, 40> kCharsets{{
    {437, "ibm437"},         {708, "iso-8859-6"},    {720, "ibm-720"},
    {737, "ibm-737"},        {775, "ibm-775"},       {850, "ibm850"},
    {852, "ibm852"},         {855, "ibm855"},        {857, "ibm857"},
    {860, "ibm860"},         {861, "ibm861"},        {862, "ibm862"},
    {863, "ibm863"},         {865, "ibm865"},        {866, "ibm866"},
    {874, "tis-620"},        {932, "shift_jis"},     {936, "gb18030"},
    {949, "euc-kr"},         {950, "big5"},          {1200, "utf-16le"},
    {1250, "windows-1250"},  {1251, "windows-1251"}, {1252, "windows-1252"},
    {1253, "windows-1253"},  {1254, "windows-1254"}, {1255, "windows-1255"},
    {1256, "windows-1256"},  {1257, "windows-1257"}, {1258, "windows-1258"},
    {1361, "johab"},         {10000, "macintosh"},   {10007, "x-mac-cyrillic"},
    {20127, "windows-1252"}, {20866, "koi8-r"},      {28591, "iso-8859-1"},
    {28592, "iso-8859-2"},   {32768, "macintosh"},   {54936, "gb18030"},
    {65001, "utf-8"},
}};

constexpr std::array<std::pair<unsigned, unsigned>, 17> kFontCharsets{{
    {77, 10000},
    {128, 932},
    {129, 949},
    {130, 1361},
    {134, 936},
    {136, 950},
    {161, 1253},
    {162, 1254},
    {163, 1258},
    {177, 1255},
    {178, 1256},
    {186, 1257},
    {204, 1251},
    {222, 874},
    {238, 1250},
    {254, 437},
    {255, 850},
}};

template <typename Table>
auto value_of(const Table& table, unsigned key) -> decltype(table.front().second) {
  const auto* found =
      std::find_if(table.begin(), table.end(), [&](const auto& row) { return row.first == key; });
  return found == table.end() ? decltype(found->second){} : found->second;
}

bool is_ascii(std::string_view bytes) {
  return std::all_of(bytes.begin(), bytes.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

}  // namespace

std::string decode_code_page(std::string_view bytes, unsigned code_page) {
  if (is_ascii(bytes) && code_page != 1200) {
    return std::string(bytes);
  }
  const std::string_view charset = value_of(kCharsets, code_page);
  return decode_charset(bytes, charset.empty() ? "windows-1252" : charset).text;
}

std::string CodePageDecoder::decode(std::string_view bytes, unsigned code_page) {
  if (bytes.size() > kShort || is_ascii(bytes)) {
    return decode_code_page(bytes, code_page);
  }
  const auto key = std::pair(code_page, std::string(bytes));
  if (const auto known = kept_.find(key); known != kept_.end()) {
    return known->second;
  }
  std::string text = decode_code_page(bytes, code_page);
  if (kept_.size() < kKept) {
    kept_.emplace(key, text);
  }
  return text;
}

std::string decode_utf16le(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size() / 2);
  char16_t lead = 0;
  for (std::size_t i = 0; i + 1 < bytes.size(); i += 2) {
    const char16_t unit = u16_at(bytes, i);
    if (lead != 0 && unit >= 0xDC00 && unit < 0xE000) {
      append_utf8(text, 0x10000U + ((lead - 0xD800U) << 10U) + (unit - 0xDC00U));
      lead = 0;
      continue;
    }
    if (lead != 0) {
      append_utf8(text, 0xFFFD);
    }
    lead = unit >= 0xD800 && unit < 0xDC00 ? unit : char16_t{0};
    if (lead == 0) {
      append_utf8(text, unit >= 0xDC00 && unit < 0xE000 ? char32_t{0xFFFD} : char32_t{unit});
    }
  }
  return text;
}

unsigned code_page_of_font_charset(unsigned charset) {
  return value_of(kFontCharsets, charset);
}

bool is_double_byte(unsigned code_page) {
  return code_page == 932 || code_page == 936 || code_page == 949 || code_page == 950 ||
         code_page == 1361 || code_page == 54936;
}

}  // namespace phimilter::extract
