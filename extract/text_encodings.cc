// SPDX-License-Identifier: Apache-2.0
#include "extract/text_encodings.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

#include "extract/record_values.h"
#include "extract/transfer_decoding.h"

namespace phimilter::extract {
namespace {

constexpr std::size_t kLostBlanks = 64 * 1024;

std::string_view take_line(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  if (line.ends_with('\r')) {
    line.remove_suffix(1);
  }
  return line;
}

// One line of uuencode: its length, then four characters for three bytes. Blanks at the end of a
// line may be lost: they are zeros.
bool append_uuencoded(std::string_view line, std::string& out) {
  const auto six_bits = [&](std::size_t at) {
    const char c = at < line.size() ? line[at] : ' ';
    return static_cast<std::uint32_t>(static_cast<unsigned char>(c - ' ') & 0x3FU);
  };
  const auto in_alphabet = [](char c) { return c >= ' ' && c <= '`'; };
  if (line.empty() || !std::all_of(line.begin(), line.end(), in_alphabet)) {
    return false;
  }
  std::size_t left = six_bits(0);
  for (std::size_t at = 1; left > 0; at += 4) {
    const std::uint32_t bits =
        six_bits(at) << 18 | six_bits(at + 1) << 12 | six_bits(at + 2) << 6 | six_bits(at + 3);
    for (int shift = 16; shift >= 0 && left > 0; shift -= 8, --left) {
      out.push_back(static_cast<char>(bits >> shift & 0xFFU));
    }
  }
  return true;
}

bool is_mode(std::string_view text) {
  return (text.size() == 3 || text.size() == 4) && text.find_first_not_of("01234567") == text.npos;
}

DecodedFile uuencoded_body(std::string_view text) {
  // Three bytes stand in four characters; lines of zeros may have lost theirs.
  const std::size_t longest = text.size() + kLostBlanks;
  DecodedFile file;
  file.complete = false;
  while (!text.empty()) {
    const std::string_view line = take_line(text);
    if (trimmed(line) == "end") {
      file.complete = true;
      break;
    }
    const bool too_long = file.bytes.size() > longest;
    if (too_long || (!trimmed(line).empty() && !append_uuencoded(line, file.bytes))) {
      break;
    }
  }
  return file;
}

DecodedFile base64_body(std::string_view text) {
  DecodedFile file;
  file.complete = false;
  std::string digits;
  while (!text.empty() && !file.complete) {
    const std::string_view line = trimmed(take_line(text));
    if (line.find_first_of("- ") != line.npos) {
      break;
    }
    file.complete = line == "====";
    digits.append(file.complete ? "" : line);
  }
  file.bytes = decode_base64_loosely(digits);
  return file;
}

std::optional<std::size_t> number_after(std::string_view line, std::string_view key) {
  const std::size_t at = line.find(key);
  if (at == line.npos) {
    return std::nullopt;
  }
  std::size_t value = 0;
  const std::string_view digits = line.substr(at + key.size());
  const auto result = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return result.ec == std::errc() ? std::optional(value) : std::nullopt;
}

void append_yencoded(std::string_view line, std::string& out) {
  for (std::size_t i = 0; i < line.size(); ++i) {
    const bool escaped = line[i] == '=' && i + 1 < line.size();
    i += escaped ? 1U : 0U;
    const unsigned shift = escaped ? 42U + 64U : 42U;
    out.push_back(static_cast<char>(static_cast<unsigned char>(line[i]) - shift));
  }
}

// RFC 1741 4: six bits a character.
std::string binhex_bits(std::string_view text) {
  constexpr std::string_view kAlphabet =
      "!\"#$%&'()*+,-012345689@ABCDEFGHIJKLMNPQRSTUVXYZ[`abcdefhijklmpqr";
  std::string out;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    const std::size_t six = kAlphabet.find(c);
    if (six == kAlphabet.npos) {
      continue;
    }
    bits = (bits << 6 | static_cast<std::uint32_t>(six)) & 0xFFFFFFU;
    count += 6;
    if (count >= 8) {
      count -= 8;
      out.push_back(static_cast<char>(bits >> count & 0xFFU));
    }
  }
  return out;
}

// 90 n repeats the byte before n - 1 times; 90 00 is the byte 90 itself.
std::string without_runs(std::string_view packed, std::size_t longest) {
  constexpr char kRun = '\x90';
  std::string out;
  for (std::size_t i = 0; i < packed.size() && out.size() < longest; ++i) {
    if (packed[i] != kRun || i + 1 == packed.size()) {
      out.push_back(packed[i]);
      continue;
    }
    const auto count = static_cast<unsigned char>(packed[++i]);
    if (count == 0) {
      out.push_back(kRun);
    } else if (!out.empty()) {
      out.append(count - 1U, out.back());
    }
  }
  return out;
}

std::size_t big_endian(std::string_view bytes) {
  std::size_t value = 0;
  for (const char c : bytes) {
    value = value << 8 | static_cast<unsigned char>(c);
  }
  return value;
}

}  // namespace

std::optional<DecodedFile> decode_uuencode(std::string_view text) {
  const std::string_view first = take_line(text);
  const auto words = pieces(first, ' ', 3);
  const bool base64 = words[0] == "begin-base64";
  if ((words[0] != "begin" && !base64) || words.size() < 3 || !is_mode(words[1])) {
    return std::nullopt;
  }
  DecodedFile file = base64 ? base64_body(text) : uuencoded_body(text);
  if (file.bytes.empty() && !file.complete) {
    return std::nullopt;  // somebody wrote a line that only begins like one
  }
  const std::size_t name = static_cast<std::size_t>(words[2].data() - first.data());
  file.name = trimmed(first.substr(name));
  return file;
}

std::optional<DecodedFile> decode_yenc(std::string_view bytes) {
  const std::string_view first = take_line(bytes);
  const std::size_t name = first.find(" name=");
  if (!first.starts_with("=ybegin ") || name == first.npos) {
    return std::nullopt;
  }
  DecodedFile file;
  file.name = trimmed(first.substr(name + 6));
  file.complete = false;
  const bool in_parts = first.substr(0, name).find(" part=") != first.npos;
  while (!bytes.empty()) {
    const std::string_view line = take_line(bytes);
    if (line.starts_with("=yend")) {
      const auto size = number_after(line, " size=");
      file.complete = !in_parts && size && *size == file.bytes.size();
      break;
    }
    if (line.starts_with("=ybegin ")) {
      break;
    }
    if (!line.starts_with("=ypart ")) {
      append_yencoded(line, file.bytes);
    }
  }
  return file;
}

std::optional<DecodedFile> decode_binhex(std::string_view text, std::size_t longest) {
  take_line(text);
  const std::size_t start = text.find(':');
  if (start == text.npos) {
    return std::nullopt;
  }
  const std::size_t end = text.find(':', start + 1);
  const std::string packed = binhex_bits(text.substr(start + 1, end - start - 1));
  const std::string all = without_runs(packed, longest);
  // Name length, name, version, type, creator, flags, lengths of both forks, checksum.
  constexpr std::size_t kFixed = 1 + 4 + 4 + 2 + 4 + 4 + 2;
  const std::size_t name = all.empty() ? 0 : static_cast<unsigned char>(all[0]);
  if (all.size() < 1 + name + kFixed) {
    return std::nullopt;
  }
  const std::string_view view = all;
  DecodedFile file;
  file.name = view.substr(1, name);
  const std::size_t length = big_endian(view.substr(1 + name + 11, 4));
  file.bytes = view.substr(1 + name + kFixed, length);
  file.complete = end != text.npos && file.bytes.size() == length;
  return file;
}

}  // namespace phimilter::extract
