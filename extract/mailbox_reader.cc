// SPDX-License-Identifier: Apache-2.0
#include "extract/mailbox_reader.h"

#include <algorithm>
#include <string>

#include "extract/content_type.h"

namespace phimilter::extract {
namespace {

constexpr std::size_t kLongestLine = 1000;

// "From jane@a.example Tue Jan  2 10:00:00 2024": ends in a year, perhaps a zone behind it.
bool is_postmark(std::string_view line) {
  if (!line.starts_with("From ") || line.size() > kLongestLine) {
    return false;
  }
  const std::size_t colon = line.find(':');
  const std::size_t year = line.rfind(" 20");
  const std::size_t last_century = line.rfind(" 19");
  return colon != line.npos && (year != line.npos || last_century != line.npos);
}

bool is_field(std::string_view line) {
  const std::size_t colon = line.substr(0, kLongestLine).find(':');
  return colon != line.npos && colon > 0 &&
         std::all_of(line.begin(), line.begin() + static_cast<std::ptrdiff_t>(colon),
                     [](char c) { return c > ' ' && c < '\x7F'; });
}

std::string_view line_of(std::string_view text) {
  return text.substr(0, text.find('\n'));
}

// A postmark with header fields behind it.
bool begins_message(std::string_view text) {
  const std::string_view first = line_of(text);
  return is_postmark(first) && first.size() < text.size() &&
         is_field(line_of(text.substr(first.size() + 1)));
}

std::size_t next_message(std::string_view text, std::size_t from) {
  constexpr std::string_view kStart = "\nFrom ";
  for (std::size_t at = text.find(kStart, from); at != text.npos;
       at = text.find(kStart, at + kStart.size())) {
    if (begins_message(text.substr(at + 1))) {
      return at + 1;
    }
  }
  return text.size();
}

}  // namespace

bool is_mailbox(const Document& document) {
  return begins_message(document.undecoded);
}

bool is_mailbox_file(const Document& document) {
  return !is_textual_type(document.declared_type) && is_mailbox(document);
}

void read_mailbox(const Document& document, ReadingSink& sink) {
  const std::string_view bytes = document.undecoded;
  std::size_t count = 0;
  for (std::size_t at = 0; at < bytes.size() && !sink.full();) {
    const std::size_t next = next_message(bytes, at);
    const std::size_t header = std::min(bytes.find('\n', at) + 1, next);
    sink.message("message " + std::to_string(++count), bytes.substr(header, next - header));
    at = next;
  }
  if (sink.full()) {
    sink.opaque("", Opaque::limit);
  }
}

}  // namespace phimilter::extract
