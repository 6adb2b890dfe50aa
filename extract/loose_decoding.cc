// SPDX-License-Identifier: Apache-2.0
#include "extract/loose_decoding.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "base/encoding.h"
#include "extract/charset.h"
#include "extract/content_type.h"
#include "extract/mime_header.h"
#include "extract/transfer_decoding.h"
#include "extract/utf8.h"

namespace phimilter::extract {
namespace {

// A line of base64 in running text: longer than words are, except for the last one.
constexpr std::size_t kBase64Line = 32;
constexpr std::size_t kBase64Run = 64;

enum class Encoding { identity, base64, quoted_printable, uuencode, unknown };

Encoding encoding_of(std::string_view word) {
  if (word.empty() || word == "7bit" || word == "8bit" || word == "binary") {
    return Encoding::identity;
  }
  if (word == "base64") {
    return Encoding::base64;
  }
  if (word == "quoted-printable") {
    return Encoding::quoted_printable;
  }
  const bool uuencode = word == "x-uuencode" || word == "uuencode" || word == "x-uue";
  return uuencode ? Encoding::uuencode : Encoding::unknown;
}

// The word alone, as the grammar has it: no reader can take it for another.
bool is_plain_word(std::string_view field) {
  return ascii_lower(trim(field)) == first_token(field);
}

bool is_base64(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' ||
         c == '/';
}

bool is_base64_line(std::string_view line) {
  const std::size_t end = line.find_last_not_of('=');
  return end != std::string_view::npos && line.size() - end <= 3 &&
         std::all_of(line.begin(), line.begin() + static_cast<std::ptrdiff_t>(end) + 1, is_base64);
}

bool has_escapes(std::string_view text) {
  for (std::size_t at = text.find('='); at != std::string_view::npos; at = text.find('=', at + 1)) {
    const std::string_view next = text.substr(at + 1, 2);
    if (next.starts_with('\n') || next == "\r\n" ||
        (next.size() == 2 && next.find_first_not_of("0123456789ABCDEFabcdef") == next.npos)) {
      return true;
    }
  }
  return false;
}

// An escape that is none (RFC 2045 6.7), outside the blanks that transport adds.
bool has_bad_escapes(std::string_view text) {
  for (std::size_t at = text.find('='); at != std::string_view::npos; at = text.find('=', at + 1)) {
    const std::size_t next = text.find_first_not_of(" \t\r", at + 1);
    const std::string_view pair = text.substr(at + 1, 2);
    const bool ends = next == std::string_view::npos || text[next] == '\n';
    if (!ends &&
        (pair.size() < 2 || pair.find_first_not_of("0123456789ABCDEFabcdef") != pair.npos)) {
      return true;
    }
  }
  return false;
}

// Lines of base64 decoded, each padded piece on its own; other lines as they stand.
std::string decode_line_by_line(std::string_view encoded) {
  std::string out;
  std::string piece;
  const auto flush = [&] {
    out += decode_base64_loosely(piece);
    piece.clear();
  };
  while (!encoded.empty()) {
    const std::string_view line = take_line(encoded);
    const std::string_view content = trim(line);
    if (!content.empty() && is_base64_line(content)) {
      piece += content;
      continue;
    }
    flush();
    out += content.empty() ? "" : "\n" + std::string(content) + "\n";
  }
  flush();
  return out;
}

// Padding is no more than another character outside the alphabet; '-' and '_' are those of RFC
// 4648 5.
std::string decode_without_padding(std::string_view encoded) {
  std::string digits;
  digits.reserve(encoded.size());
  for (const char c : encoded) {
    if (is_base64(c) || c == '-' || c == '_') {
      digits.push_back(c == '-' ? '+' : c == '_' ? '/' : c);
    }
  }
  return decode_base64_loosely(digits);
}

std::vector<std::string> of_base64(std::string_view encoded) {
  Base64Watch watch;
  watch.see(encoded);
  if (watch.clean()) {
    return {};
  }
  return {decode_line_by_line(encoded), decode_without_padding(encoded)};
}

std::vector<std::string> of_unknown(std::string_view encoded) {
  std::vector<std::string> decodings{std::string(encoded)};
  const auto digits =
      static_cast<std::size_t>(std::count_if(encoded.begin(), encoded.end(), is_base64));
  const auto blanks = static_cast<std::size_t>(std::count_if(
      encoded.begin(), encoded.end(), [](char c) { return c == '\r' || c == '\n' || c == '='; }));
  if (digits > 0 && digits + blanks >= encoded.size() - encoded.size() / 20) {
    decodings.push_back(decode_base64_loosely(encoded));
  }
  if (has_escapes(encoded)) {
    decodings.push_back(decode_quoted_printable(encoded));
  }
  return decodings;
}

bool is_ascii(std::string_view bytes) {
  return std::all_of(bytes.begin(), bytes.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// Big-endian UTF-16 of Latin letters, digits, signs and line ends.
bool is_latin_utf16(std::string_view wide) {
  for (std::size_t i = 0; i + 1 < wide.size(); i += 2) {
    const auto high = static_cast<unsigned char>(wide[i]);
    const auto low = static_cast<unsigned char>(wide[i + 1]);
    if (high > 1 || (high == 0 && low < ' ' && low != '\n' && low != '\r')) {
      return false;
    }
  }
  return wide.size() >= 2;
}

// "+AFo-": a shift into UTF-7 (RFC 2152) that gives letters or digits, and not a "+" in text.
bool has_utf7_words(std::string_view bytes) {
  constexpr std::size_t kLongestShift = 8192;
  for (std::size_t at = bytes.find('+'); at != std::string_view::npos;) {
    const std::string_view rest = bytes.substr(at + 1, kLongestShift);
    const auto length = static_cast<std::size_t>(
        std::find_if_not(rest.begin(), rest.end(), is_base64) - rest.begin());
    const bool ends = length < rest.size() && rest[length] == '-';
    if (length >= 3 && ends && is_latin_utf16(decode_base64_loosely(rest.substr(0, length)))) {
      return true;
    }
    at = bytes.find('+', at + 1 + length);
  }
  return false;
}

}  // namespace

std::string usual_decoding(std::string_view encoded, std::string_view encoding_field) {
  switch (encoding_of(first_token(encoding_field))) {
    case Encoding::base64:
      return decode_base64_loosely(encoded);
    case Encoding::quoted_printable:
      return decode_quoted_printable(encoded);
    default:
      return std::string(encoded);
  }
}

std::vector<std::string> other_decodings(std::string_view encoded,
                                         std::string_view encoding_field) {
  const Encoding encoding = encoding_of(first_token(encoding_field));
  if (encoding == Encoding::unknown) {
    return of_unknown(encoded);
  }
  std::vector<std::string> decodings;
  if (!is_plain_word(encoding_field)) {
    decodings = {std::string(encoded), usual_decoding(encoded, encoding_field)};
  }
  if (encoding == Encoding::base64) {
    auto more = of_base64(encoded);
    std::move(more.begin(), more.end(), std::back_inserter(decodings));
  } else if (encoding == Encoding::quoted_printable && has_bad_escapes(encoded)) {
    decodings.emplace_back(encoded);
  }
  return decodings;
}

std::vector<std::string> other_charsets(std::string_view bytes, std::string_view label) {
  const std::string known = ascii_lower(trim(label));
  std::vector<std::string> charsets;
  const auto add = [&](std::string_view charset) {
    if (!known.starts_with(charset)) {
      charsets.emplace_back(charset);
    }
  };
  if (bytes.starts_with("\xFF\xFE") || bytes.starts_with("\xFE\xFF")) {
    add("utf-16");
  }
  if (bytes.starts_with("\xEF\xBB\xBF")) {
    add("utf-8");
  }
  if (bytes.find("\x1B$") != std::string_view::npos ||
      bytes.find("\x1B(") != std::string_view::npos) {
    add("iso-2022-jp");
  }
  if (bytes.find("\x1B$)C") != std::string_view::npos) {
    add("iso-2022-kr");
  }
  if (!is_ascii(bytes)) {
    return charsets;
  }
  if (has_utf7_words(bytes)) {
    add("utf-7");
  }
  if (bytes.find("~{") != std::string_view::npos && bytes.find("~}") != std::string_view::npos) {
    add("hz-gb-2312");
  }
  // A label under which ASCII is something else: who does not know it shows ASCII.
  const std::string_view head = bytes.substr(0, 4096);
  if (!known.empty() && bytes.find('\0') == std::string_view::npos &&
      decode_charset(head, known).text != head) {
    add("us-ascii");
  }
  return charsets;
}

std::string overlong_as_ascii(std::string_view bytes) {
  std::string out;
  bool found = false;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto at = [&](std::size_t n) {
      return i + n < bytes.size() ? static_cast<unsigned char>(bytes[i + n]) : 0U;
    };
    const bool two = (at(0) & 0xFE) == 0xC0 && (at(1) & 0xC0) == 0x80;
    const bool three = at(0) == 0xE0 && at(1) >= 0x80 && at(1) <= 0x81 && (at(2) & 0xC0) == 0x80;
    if (two || three) {
      const unsigned high = two ? at(0) & 1U : at(1) & 1U;
      out.push_back(static_cast<char>(high << 6 | ((two ? at(1) : at(2)) & 0x3FU)));
      i += two ? 1 : 2;
      found = true;
    } else {
      out.push_back(bytes[i]);
    }
  }
  return found ? out : "";
}

std::vector<std::string> base64_in_text(std::string_view text) {
  std::vector<std::string> found;
  std::string run;
  const auto finish = [&] {
    if (run.size() >= kBase64Run && found.size() <= kBase64Runs) {
      std::string bytes = decode_base64_loosely(run);
      const std::string_view head = std::string_view(bytes).substr(0, kSniffBytes);
      const bool says = (is_utf8(bytes) && reads_as_text(bytes)) || !type_by_content(head).empty();
      if (says) {
        found.push_back(std::move(bytes));
      }
    }
    run.clear();
  };
  while (!text.empty()) {
    const std::string_view line = trim(take_line(text));
    const bool base64 = !line.empty() && is_base64_line(line);
    const bool goes_on = base64 && (line.size() >= kBase64Line || run.size() >= kBase64Line);
    if (goes_on) {
      run += line;
    }
    if (!goes_on || line.size() < kBase64Line || line.ends_with('=')) {
      finish();
    }
  }
  finish();
  return found;
}

}  // namespace phimilter::extract
