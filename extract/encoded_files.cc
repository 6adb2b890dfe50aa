// SPDX-License-Identifier: Apache-2.0
#include "extract/encoded_files.h"

#include <algorithm>
#include <functional>

#include "extract/content_type.h"
#include "extract/embedded_base64.h"
#include "extract/record_values.h"
#include "extract/text_encodings.h"

namespace phimilter::extract {
namespace {

constexpr std::string_view kBinHex = "(This file must be converted";
constexpr std::size_t kBase64Line = 40;
constexpr std::size_t kBase64Alone = 160;  // a single line so long is no word
constexpr std::size_t kBase64Lines = 3;

bool is_base64_line(std::string_view line) {
  return !line.empty() && std::all_of(line.begin(), line.end(), [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' ||
           c == '/' || c == '=';
  });
}

std::string_view without_quote_marks(std::string_view line) {
  line = trimmed(line);
  while (line.starts_with('>')) {
    line = trimmed(line.substr(1));
  }
  return line;
}

bool begins_armour(std::string_view line) {
  return line.starts_with("-----BEGIN ") || line.starts_with("begin-base64 ");
}

bool ends_armour(std::string_view line) {
  return line.starts_with("-----END ") || line == "====";
}

// Lines of base64 one below the other, except keys and the like between "-----BEGIN ..." lines.
class Base64Blocks {
 public:
  // `take` returns false to stop.
  static void find(std::string_view text, const std::function<bool(std::string_view)>& take) {
    std::string block;
    std::size_t lines = 0;
    bool armoured = false;
    while (!text.empty()) {
      const std::size_t end = std::min(text.find('\n'), text.size());
      const std::string_view line = without_quote_marks(text.substr(0, end));
      text.remove_prefix(std::min(end + 1, text.size()));
      armoured = begins_armour(line) || (armoured && !ends_armour(line));
      // The last line is shorter than the others.
      const bool fits = line.size() >= kBase64Line || (lines > 0 && line.size() % 4 == 0);
      if (fits && !armoured && is_base64_line(line)) {
        block.append(line);
        ++lines;
        continue;
      }
      if (!give(block, lines, take)) {
        return;
      }
      block.clear();
      lines = 0;
    }
    give(block, lines, take);
  }

 private:
  static bool give(const std::string& block, std::size_t lines,
                   const std::function<bool(std::string_view)>& take) {
    return (lines < kBase64Lines && block.size() < kBase64Alone) || take(block);
  }
};

// Calls `take` with the text from each line start that begins so.
template <typename Take>
void for_each_line_start(std::string_view text, std::string_view beginning, Take take) {
  for (std::size_t at = text.find(beginning); at != text.npos;
       at = text.find(beginning, at + beginning.size())) {
    if (at == 0 || text[at - 1] == '\n') {
      take(text.substr(at));
    }
  }
}

void give(const std::optional<DecodedFile>& file, ReadingSink& sink) {
  if (!file || sink.full()) {
    return;
  }
  const std::string_view name = file->name.empty() ? "file" : std::string_view(file->name);
  sink.member(name, file->bytes);
  if (!file->complete) {
    sink.opaque("", Opaque::broken);
  }
}

bool any_base64(std::string_view text) {
  bool found = false;
  Base64Blocks::find(text, [&](std::string_view block) {
    found = decoded_file(block).has_value();
    return !found;
  });
  return found;
}

}  // namespace

bool holds_encoded_files(const Document& document) {
  bool found = document.bytes.find(kBinHex) != document.bytes.npos;
  for_each_line_start(document.bytes, "=ybegin ", [&](std::string_view) { found = true; });
  for_each_line_start(document.bytes, "begin", [&](std::string_view text) {
    found = found || decode_uuencode(text.substr(0, kSniffBytes)).has_value();
  });
  return found || any_base64(document.bytes);
}

void read_encoded_files(const Document& document, ReadingSink& sink) {
  for_each_line_start(document.bytes, "begin",
                      [&](std::string_view text) { give(decode_uuencode(text), sink); });
  for_each_line_start(document.undecoded, "=ybegin ",
                      [&](std::string_view bytes) { give(decode_yenc(bytes), sink); });
  for (std::size_t binhex = document.bytes.find(kBinHex);
       binhex != document.bytes.npos && !sink.full();
       binhex = document.bytes.find(kBinHex, binhex + 1)) {
    const auto file = decode_binhex(document.bytes.substr(binhex), sink.bytes_left());
    give(file, sink);
    if (!file) {
      sink.opaque("", Opaque::broken);
    }
  }
  Base64Blocks::find(document.bytes, [&](std::string_view block) {
    const auto file = decoded_file(block);
    if (file) {
      sink.member("attachment", *file);
    }
    return !sink.full();
  });
}

}  // namespace phimilter::extract
