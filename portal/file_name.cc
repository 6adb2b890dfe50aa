// SPDX-License-Identifier: Apache-2.0
#include "portal/file_name.h"

namespace phimilter::portal {

std::string harmless_file_name(std::string_view name) {
  const std::size_t folder = name.find_last_of("/\\");
  if (folder != std::string_view::npos) {
    name.remove_prefix(folder + 1);
  }
  std::string out;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    const bool odd = byte < 0x20 || byte == 0x7f ||
                     std::string_view("\"<>|:*?;%").find(c) != std::string_view::npos;
    out += odd ? '_' : c;
  }
  // Turns of writing direction would let "exe.fdp" read as "pdf.exe" and the like.
  for (const std::string_view turn : {"\u202a", "\u202b", "\u202c", "\u202d", "\u202e", "\u2066",
                                      "\u2067", "\u2068", "\u2069", "\u200e", "\u200f"}) {
    for (std::size_t at = out.find(turn); at != std::string::npos; at = out.find(turn)) {
      out.erase(at, turn.size());
    }
  }
  while (!out.empty() && (out.front() == '.' || out.front() == ' ')) {
    out.erase(0, 1);
  }
  while (!out.empty() && (out.back() == '.' || out.back() == ' ')) {
    out.pop_back();
  }
  constexpr std::size_t kLongest = 120;
  if (out.size() > kLongest) {
    const std::size_t dot = out.rfind('.');
    const std::string ending =
        dot != std::string::npos && out.size() - dot <= 10 ? out.substr(dot) : "";
    std::size_t keep = kLongest - ending.size();
    while (keep > 0 && (static_cast<unsigned char>(out[keep]) & 0xC0U) == 0x80U) {
      --keep;
    }
    out = out.substr(0, keep) + ending;
  }
  return out;
}

}  // namespace phimilter::portal
