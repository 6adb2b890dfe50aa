// SPDX-License-Identifier: Apache-2.0
#include "mail/mime_writer.h"

#include <algorithm>
#include <array>

#include "base/encoding.h"
#include "base/limits.h"
#include "base/result.h"
#include "base/secret.h"

namespace phimilter::mail {
namespace {

constexpr std::size_t kLine = limits::kOutputLine;
constexpr std::size_t kBytesALine = kLine / 4 * 3;  // base64: 57 bytes make 76 characters
constexpr std::string_view kHexUpper = "0123456789ABCDEF";

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

std::string one_line(std::string_view text) {
  std::string out;
  for (const char c : text) {
    out += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
  }
  return out;
}

// Breaks at blanks so that lines keep to kLine; a word that is longer stands on a line of its own.
std::string folded(const std::string& name, std::string_view text) {
  std::string out;
  std::size_t column = name.size() + 1;
  bool first = true;
  for (const std::string_view word : split(text, ' ')) {
    if (!first && column + 1 + word.size() > kLine && !word.empty()) {
      out += "\r\n";
      column = 0;
    }
    out += ' ';
    out += word;
    column += 1 + word.size();
    first = false;
  }
  return out;
}

// Ends a piece of UTF-8 before the byte that would split a character.
std::size_t character_border(std::string_view text, std::size_t at) {
  while (at > 0 && at < text.size() && (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80) {
    --at;
  }
  return at;
}

std::string encoded_words(std::string_view text) {
  constexpr std::size_t kPiece =
      39;  // bytes: "=?utf-8?B?" + 52 + "?=" is 64 of the 75 that RFC 2047 2 allows
  std::string out;
  while (!text.empty()) {
    std::size_t length = text.size() <= kPiece ? text.size() : character_border(text, kPiece);
    if (length == 0) {
      length = std::min(kPiece, text.size());
    }
    if (!out.empty()) {
      out += ' ';
    }
    out += "=?utf-8?B?" + base64(as_bytes(text.substr(0, length))) + "?=";
    text.remove_prefix(length);
  }
  return out;
}

void append_quoted_byte(std::string& line, unsigned char byte) {
  line += '=';
  line += kHexUpper[byte >> 4];
  line += kHexUpper[byte & 0x0f];
}

void append_quoted_line(std::string& out, std::string_view text) {
  std::string line;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool last = i + 1 == text.size();
    const bool blank_at_end = (byte == ' ' || byte == '\t') && last;
    const bool literal = (byte >= 0x20 && byte < 0x7f && byte != '=') || byte == '\t';
    if (line.size() + 3 >= kLine) {
      out += line + "=\r\n";
      line.clear();
    }
    if (literal && !blank_at_end) {
      line += static_cast<char>(byte);
    } else {
      append_quoted_byte(line, byte);
    }
  }
  out += line;
}

}  // namespace

HeaderField text_field(std::string name, std::string_view text) {
  const std::string line = one_line(text);
  const std::string safe =
      is_ascii(line) && line.find("=?") == std::string::npos ? line : encoded_words(line);
  std::string value = folded(name, safe);
  return HeaderField{std::move(name), std::move(value)};
}

HeaderField structured_field(std::string name, std::string_view value) {
  std::string text = folded(name, one_line(value));
  return HeaderField{std::move(name), std::move(text)};
}

std::string display_name(std::string_view name) {
  if (!is_ascii(name)) {
    return text_field("From", name).value;
  }
  std::string quoted = " \"";
  for (const char c : one_line(name)) {
    quoted += c == '"' || c == '\\' ? std::string("\\") + c : std::string(1, c);
  }
  return quoted + "\"";
}

std::string parameter(std::string_view name, std::string_view value) {
  const std::string line = one_line(value);
  if (is_ascii(line)) {
    std::string out = std::string(name) + "=\"";
    for (const char c : line) {
      if (c == '"' || c == '\\') {
        out += '\\';
      }
      out += c;
    }
    return out + "\"";
  }
  std::string out = std::string(name) + "*=utf-8''";
  for (const char c : line) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
                       (byte >= 'a' && byte <= 'z') || byte == '.' || byte == '-' || byte == '_';
    if (plain) {
      out += c;
    } else {
      out += '%';
      out += kHexUpper[byte >> 4];
      out += kHexUpper[byte & 0x0f];
    }
  }
  return out;
}

std::string fresh_boundary(std::string_view must_not_contain) {
  for (int tries = 0; tries < 8; ++tries) {
    std::array<std::uint8_t, 18> random{};
    fill_random(random);
    std::string boundary = "=_" + hex(random);
    if (must_not_contain.find(boundary) == std::string_view::npos) {
      return boundary;
    }
  }
  require(false, "no boundary found that the text does not hold");
  return {};
}

Status Base64Writer::write(std::string_view bytes) {
  pending_.append(bytes);
  const std::size_t lines = pending_.size() / kBytesALine;
  if (lines == 0) {
    return {};
  }
  std::string out;
  out.reserve(lines * (kLine + 2));
  for (std::size_t i = 0; i < lines; ++i) {
    out += base64(as_bytes(std::string_view(pending_).substr(i * kBytesALine, kBytesALine)));
    out += "\r\n";
  }
  pending_.erase(0, lines * kBytesALine);
  return out_.write(out);
}

Status Base64Writer::finish() {
  if (pending_.empty()) {
    return {};
  }
  const std::string last = base64(as_bytes(pending_)) + "\r\n";
  pending_.clear();
  return out_.write(last);
}

std::string quoted_printable(std::string_view text) {
  std::string out;
  for (;;) {
    const auto end = text.find('\n');
    std::string_view line = text.substr(0, end);
    if (end != std::string_view::npos && line.ends_with('\r')) {
      line.remove_suffix(1);
    }
    append_quoted_line(out, line);
    if (end == std::string_view::npos) {
      return out;
    }
    out += "\r\n";
    text.remove_prefix(end + 1);
  }
}

Status MultipartWriter::begin_part(const HeaderList& part_headers) {
  std::string text = open_ ? "\r\n" : "";
  text += "--" + boundary_ + "\r\n" + part_headers.text() + "\r\n";
  open_ = true;
  return out_.write(text);
}

Status MultipartWriter::finish() {
  return out_.write("\r\n--" + boundary_ + "--\r\n");
}

}  // namespace phimilter::mail
