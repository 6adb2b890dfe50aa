// SPDX-License-Identifier: Apache-2.0
#include "extract/html_aside.h"

#include <algorithm>
#include <cstddef>

#include "base/encoding.h"
#include "base/limits.h"
#include "extract/charset.h"
#include "extract/content_type.h"
#include "extract/picture_size.h"
#include "extract/transfer_decoding.h"
#include "extract/utf8.h"

namespace phimilter::extract {
namespace {

constexpr std::size_t kCssString = 4096;

LinkText data_text(std::string_view url) {
  const std::size_t comma = url.find(',');
  if (comma == std::string_view::npos) {
    return {std::string(url), std::nullopt};
  }
  const std::string head = ascii_lower(url.substr(0, comma));
  const std::string raw = decode_percent(url.substr(comma + 1));
  const std::string bytes =
      head.find("base64") == std::string::npos ? raw : decode_base64_loosely(raw);
  if (bytes.empty() || (is_utf8(bytes) && reads_as_text(bytes))) {
    return {bytes, std::nullopt};
  }
  const bool image = type_by_content(bytes.substr(0, kSniffBytes)).starts_with("image/");
  if (image && is_decoration(bytes)) {
    return {};
  }
  return {"", image ? Opaque::image : Opaque::unknown};
}

// A CSS string up to its closing quote; `\a` and a blank is a character by its number.
std::string css_string(std::string_view text) {
  std::string out;
  const char quote = text[0];
  for (std::size_t at = 1; at < text.size() && text[at] != quote; ++at) {
    if (text[at] != '\\') {
      out.push_back(text[at]);
      continue;
    }
    const std::size_t digits =
        std::min({text.find_first_not_of("0123456789abcdefABCDEF", at + 1), text.size(), at + 7}) -
        at - 1;
    if (digits == 0) {
      continue;  // an escaped character follows
    }
    const auto number =
        static_cast<char32_t>(std::stoul(std::string(text.substr(at + 1, digits)), nullptr, 16));
    const bool valid = number > 0 && number <= 0x10FFFF && (number < 0xD800 || number > 0xDFFF);
    append_utf8(out, valid ? number : char32_t{0xFFFD});
    at += digits;
    at += at + 1 < text.size() && text[at + 1] == ' ' ? 1 : 0;
  }
  return out;
}

}  // namespace

LinkText link_text(std::string_view url) {
  const std::string_view link = trim(url);
  const std::string scheme = ascii_lower(link.substr(0, 7));
  if (scheme.starts_with("data:")) {
    return data_text(link);
  }
  const bool speaks = scheme.starts_with("mailto:") || scheme.starts_with("tel:") ||
                      scheme.starts_with("sms:") ||
                      link.find_first_of("?#") != std::string_view::npos;
  return {speaks ? decode_charset(decode_percent(link), "utf-8").text : "", std::nullopt};
}

std::string style_content(std::string_view css) {
  std::string out;
  const std::string lower = ascii_lower(css);
  std::size_t end = 0;
  for (std::size_t at = lower.find("content"); at != std::string::npos;
       at = lower.find("content", at + 1)) {
    const std::size_t colon = lower.find_first_not_of(" \t\r\n", at + 7);
    end = end > at ? end : std::min(lower.find_first_of(";}", at), lower.size());
    if (colon == std::string::npos || lower[colon] != ':') {
      continue;
    }
    // Several strings are shown one behind the other.
    std::size_t quote = std::min(lower.find_first_of("\"'", at), end);
    std::string value;
    while (quote < end) {
      const std::string_view string = css.substr(quote, kCssString);
      value += css_string(string);
      const std::size_t close = std::min(string.find(string[0], 1), string.size());
      quote = std::min(lower.find_first_of("\"'", std::min(quote + close + 1, lower.size())), end);
    }
    out += value.empty() ? "" : value + '\n';
  }
  return out;
}

std::string without_tags(std::string_view html) {
  std::string out;
  while (!html.empty()) {
    const std::size_t tag = std::min(html.find('<'), html.size());
    out.append(html.substr(0, tag));
    const std::size_t end = html.find('>', tag);
    if (end == std::string_view::npos) {
      out.append(html.substr(tag));
      break;
    }
    out.push_back(' ');
    html.remove_prefix(end + 1);
  }
  return out;
}

}  // namespace phimilter::extract
