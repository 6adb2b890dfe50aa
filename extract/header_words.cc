// SPDX-License-Identifier: Apache-2.0
#include "extract/header_words.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/encoding.h"
#include "extract/charset.h"
#include "extract/transfer_decoding.h"

namespace phimilter::extract {
namespace {

// A fold goes, the white space behind it stays (RFC 5322 2.2.3).
std::string unfold(std::string_view raw) {
  std::string line;
  line.reserve(raw.size());
  for (const char c : raw) {
    if (c != '\r' && c != '\n' && c != '\0') {
      line.push_back(c);
    }
  }
  return std::string(trim(line));
}

struct EncodedWord {
  std::string charset;
  std::string bytes;
  std::size_t length = 0;  // of the whole token
};

// RFC 2047 2 allows 75; mailers write longer ones. Past this it is no word, and a field full of
// beginnings costs no more.
constexpr std::size_t kLongestWord = 16 * 1024;

std::optional<EncodedWord> encoded_word_at(std::string_view text) {
  text = text.substr(0, kLongestWord);
  if (!text.starts_with("=?")) {
    return std::nullopt;
  }
  const std::size_t charset_end = text.find('?', 2);
  if (charset_end == std::string_view::npos || charset_end == 2 || charset_end + 3 > text.size() ||
      text[charset_end + 2] != '?') {
    return std::nullopt;
  }
  const std::size_t start = charset_end + 3;
  const std::size_t end = text.find("?=", start);
  if (end == std::string_view::npos) {
    return std::nullopt;
  }
  // RFC 2231 5: the language behind a star is no part of the charset.
  std::string_view charset = text.substr(2, charset_end - 2);
  charset = charset.substr(0, charset.find('*'));
  const std::string_view payload = text.substr(start, end - start);
  const char encoding = text[charset_end + 1];
  if (encoding == 'b' || encoding == 'B') {
    return EncodedWord{std::string(charset), decode_base64_loosely(payload), end + 2};
  }
  if (encoding == 'q' || encoding == 'Q') {
    return EncodedWord{std::string(charset), decode_q(payload), end + 2};
  }
  return std::nullopt;
}

// Words of one charset that follow each other are joined before decoding: mailers cut characters in
// two.
class WordJoiner {
 public:
  void add_word(const EncodedWord& word) {
    const std::string label = ascii_lower(word.charset);
    if (pending_ && label != charset_) {
      flush();
    }
    charset_ = label;
    bytes_ += word.bytes;
    pending_ = true;
    gap_.clear();
  }
  void add_blank(std::string_view blank) { (pending_ ? gap_ : text_).append(blank); }
  void add_plain(std::string_view plain) {
    flush();
    text_ += gap_;
    gap_.clear();
    text_.append(plain);
  }
  std::string finish() {
    flush();
    return std::move(text_);
  }

 private:
  void flush() {
    if (pending_) {
      text_ += decode_charset(bytes_, charset_).text;
      bytes_.clear();
      pending_ = false;
    }
  }

  std::string text_;
  std::string charset_;
  std::string bytes_;
  std::string gap_;
  bool pending_ = false;
};

std::string on_one_line(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c == '\n' || c == '\r' || c == '\0'; }, ' ');
  return text;
}

constexpr std::array<std::string_view, 12> kTraceFields{"received",
                                                        "return-path",
                                                        "dkim-signature",
                                                        "domainkey-signature",
                                                        "x-google-dkim-signature",
                                                        "arc-seal",
                                                        "arc-message-signature",
                                                        "arc-authentication-results",
                                                        "authentication-results",
                                                        "received-spf",
                                                        "mime-version",
                                                        "content-transfer-encoding"};

bool is_left_out(std::string_view name) {
  const std::string lower = ascii_lower(name);
  // The Content-Type's file name is told apart, its boundary says nothing.
  return lower == "content-type" ||
         std::find(kTraceFields.begin(), kTraceFields.end(), lower) != kTraceFields.end();
}

// The next field with its folded lines, cut from the front of the block.
std::string_view next_field(std::string_view& block) {
  std::size_t end = 0;
  do {
    const std::size_t newline = block.find('\n', end);
    end = newline == std::string_view::npos ? block.size() : newline + 1;
  } while (end < block.size() && (block[end] == ' ' || block[end] == '\t'));
  const std::string_view field = block.substr(0, end);
  block.remove_prefix(end);
  return field;
}

}  // namespace

std::string decode_header_value(std::string_view raw) {
  // Raw 8-bit text goes first: behind it everything is UTF-8.
  const std::string line = unfold(raw);
  WordJoiner joiner;
  std::size_t i = 0;
  while (i < line.size()) {
    const std::string_view rest = std::string_view(line).substr(i);
    if (const auto word = encoded_word_at(rest)) {
      joiner.add_word(*word);
      i += word->length;
      continue;
    }
    const std::size_t blank = std::min(rest.find_first_not_of(" \t"), rest.size());
    if (blank > 0) {
      joiner.add_blank(rest.substr(0, blank));
      i += blank;
      continue;
    }
    const std::size_t plain = std::min(rest.find_first_of(" \t=", 1), rest.size());
    joiner.add_plain(decode_charset(rest.substr(0, plain), "utf-8").text);
    i += plain;
  }
  return on_one_line(joiner.finish());
}

std::string header_lines(std::string_view raw_block) {
  std::string lines;
  while (!raw_block.empty()) {
    const std::string_view field = next_field(raw_block);
    const std::size_t colon = field.find(':');
    const std::string_view name = trim(field.substr(0, colon));
    if (colon == std::string_view::npos) {
      // Not a field, but it travels in the header: readers show some of these.
      lines += decode_header_value(field) + '\n';
    } else if (!is_left_out(name)) {
      lines +=
          decode_header_value(name) + ": " + decode_header_value(field.substr(colon + 1)) + '\n';
    }
  }
  return lines;
}

}  // namespace phimilter::extract
