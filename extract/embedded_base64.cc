// SPDX-License-Identifier: Apache-2.0
#include "extract/embedded_base64.h"

#include <algorithm>

#include "extract/content_type.h"
#include "extract/transfer_decoding.h"
#include "extract/utf8.h"

namespace phimilter::extract {
namespace {

constexpr std::size_t kShortest = 48;
constexpr std::size_t kNoKey = 1024;  // keys, digests and signatures are shorter

bool is_base64(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' ||
         c == '/' || c == '=' || c == '\r' || c == '\n' || c == ' ' || c == '\t';
}

bool is_readable(std::string_view bytes) {
  return !type_by_content(bytes).empty() || (is_utf8(bytes) && reads_as_text(bytes));
}

}  // namespace

std::optional<std::string> decoded_file(std::string_view text) {
  constexpr std::string_view kUrlMark = ";base64,";
  const std::size_t mark =
      text.starts_with("data:") ? text.substr(0, 200).find(kUrlMark) : text.npos;
  if (mark != text.npos) {
    text.remove_prefix(mark + kUrlMark.size());
  }
  // Words are base64 too: a sentence has blanks before it has kShortest letters.
  const std::string_view head = text.substr(0, kShortest);
  if (head.size() < kShortest || head.find(' ') != head.npos ||
      !std::all_of(text.begin(), text.end(), is_base64)) {
    return std::nullopt;
  }
  std::string bytes = decode_base64_loosely(text);
  return is_readable(bytes) || bytes.size() >= kNoKey ? std::optional(std::move(bytes))
                                                      : std::nullopt;
}

}  // namespace phimilter::extract
