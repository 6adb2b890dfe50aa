// SPDX-License-Identifier: Apache-2.0
#include "extract/text_lines.h"

#include <algorithm>

#include "extract/utf8.h"

namespace phimilter::extract {

std::string with_line_feeds(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\r') {
      out.push_back(text[i]);
    } else if (i + 1 == text.size() || text[i + 1] != '\n') {
      out.push_back('\n');
    }
  }
  return out;
}

std::string unflowed(std::string_view text, bool delete_space) {
  std::string out;
  out.reserve(text.size());
  bool joins = false;  // the line before was soft-broken
  std::size_t depth_before = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const std::size_t depth = std::min(line.find_first_not_of('>'), line.size());
    std::string_view content = line.substr(depth);
    content.remove_prefix(content.starts_with(' ') ? 1 : 0);  // space-stuffing
    const bool signature = content == "-- ";
    if (joins && (depth != depth_before || signature)) {
      out.push_back('\n');
      joins = false;
    }
    if (!joins) {
      out.append(depth, '>').append(depth > 0 ? " " : "");
    }
    joins = content.ends_with(' ') && !signature;
    content.remove_suffix(joins && delete_space ? 1 : 0);
    out.append(content).append(joins ? "" : "\n");
    depth_before = depth;
  }
  return out;
}

std::string unfolded_content_lines(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool folded =
        text[i] == '\n' && i + 1 < text.size() && (text[i + 1] == ' ' || text[i + 1] == '\t');
    if (folded) {
      ++i;
    } else {
      out.push_back(text[i]);
    }
  }
  return out;
}

std::string overrides_turned(std::string_view text) {
  constexpr std::string_view kOverride = "\xE2\x80\xAE";
  constexpr std::string_view kEnd = "\xE2\x80\xAC";
  std::size_t at = text.find(kOverride);
  if (at == std::string_view::npos) {
    return "";
  }
  std::string out;
  while (at != std::string_view::npos) {
    out.append(text.substr(0, at));
    text.remove_prefix(at + kOverride.size());
    const std::size_t end = std::min({text.find(kEnd), text.find('\n'), text.size()});
    out += reversed_characters(text.substr(0, end));
    text.remove_prefix(end);
    at = text.find(kOverride);
  }
  return out.append(text);
}

}  // namespace phimilter::extract
