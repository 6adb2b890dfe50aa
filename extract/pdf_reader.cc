// SPDX-License-Identifier: Apache-2.0
#include "extract/pdf_reader.h"

#include <algorithm>
#include <charconv>

#include "base/encoding.h"
#include "extract/charset.h"
#include "extract/tool_runner.h"

namespace phimilter::extract {
namespace {

// Letter size at 90 dpi: what is more may be a page that somebody scanned; logos stay under it.
constexpr std::size_t kScanPixels = 750'000;
constexpr std::size_t kDictionary = 2048;

std::size_t number_behind(std::string_view dictionary, std::string_view name) {
  const std::size_t at = dictionary.find(name);
  if (at == std::string_view::npos) {
    return 0;
  }
  std::string_view rest = trim(dictionary.substr(at + name.size(), 16));
  std::size_t number = 0;
  std::from_chars(rest.data(), rest.data() + rest.size(), number);
  return std::min<std::size_t>(number, 1'000'000);
}

// An image is a stream, and a stream's dictionary is never inside another stream (ISO
// 32000-1 7.5.7), so that all of them can be seen from outside. A size that stands elsewhere (an
// indirect number) counts as a scan.
std::size_t picture_pixels(std::string_view pdf) {
  std::size_t pixels = 0;
  for (std::size_t at = pdf.find("/Image"); at != std::string_view::npos;
       at = pdf.find("/Image", at + 1)) {
    const std::size_t after = at + 6;
    const bool longer_name =
        after < pdf.size() && std::isalnum(static_cast<unsigned char>(pdf[after])) != 0;
    const std::string_view before =
        trim(pdf.substr(at - std::min<std::size_t>(at, 12), std::min<std::size_t>(at, 12)));
    if (longer_name || !before.ends_with("/Subtype")) {
      continue;
    }
    const std::size_t window = at - std::min(at, kDictionary);
    const std::size_t object = pdf.substr(0, at).rfind("obj");
    const std::size_t start = object == std::string_view::npos ? window : std::max(object, window);
    const std::size_t end = std::min(pdf.find("stream", at), at + kDictionary);
    const std::string_view dictionary = pdf.substr(start, end - start);
    const std::size_t area =
        number_behind(dictionary, "/Width") * number_behind(dictionary, "/Height");
    pixels += area == 0 ? kScanPixels : area;
  }
  return pixels;
}

bool has_page_without_text(std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = text.find('\f');
    if (trim(text.substr(0, end)).empty()) {
      return true;
    }
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return false;
}

LeafText without_text(ToolOutcome outcome, std::string_view pdf) {
  LeafText leaf{"application/pdf", "", Opaque::unknown, false, std::nullopt};
  if (outcome == ToolOutcome::failed) {
    const bool locked = pdf.find("/Encrypt") != std::string_view::npos;
    leaf.opaque = locked ? Opaque::encrypted : Opaque::broken;
  }
  return leaf;
}

}  // namespace

LeafText read_pdf(std::string_view pdf, int tools) {
  const ToolAnswer answer = pdf_text(tools, pdf);
  if (answer.outcome != ToolOutcome::text) {
    return without_text(answer.outcome, pdf);
  }
  LeafText leaf{"application/pdf", decode_charset(answer.text, "utf-8").text, std::nullopt, false,
                std::nullopt};
  if (leaf.text.empty() || has_page_without_text(leaf.text) || picture_pixels(pdf) >= kScanPixels) {
    leaf.opaque = Opaque::image;
  }
  if (pdf.find("/EmbeddedFile") != std::string_view::npos ||
      pdf.find("/XFA") != std::string_view::npos) {
    leaf.opaque = Opaque::unknown;
  }
  std::replace(leaf.text.begin(), leaf.text.end(), '\f', '\n');
  return leaf;
}

}  // namespace phimilter::extract
