// SPDX-License-Identifier: Apache-2.0
#include "extract/pdf_reader.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <utility>

#include "base/encoding.h"
#include "base/limits.h"
#include "extract/charset.h"
#include "extract/ocr.h"
#include "extract/pdf_strings.h"
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
    const std::size_t object = pdf.substr(window, at - window).rfind("obj");
    const std::size_t start = object == std::string_view::npos ? window : window + object;
    const std::size_t stream = pdf.substr(at, kDictionary).find("stream");
    const std::size_t end = at + std::min(stream, kDictionary);
    const std::string_view dictionary = pdf.substr(start, end - start);
    const std::size_t area =
        number_behind(dictionary, "/Width") * number_behind(dictionary, "/Height");
    pixels += area == 0 ? kScanPixels : area;
  }
  return pixels;
}

constexpr std::size_t kInformation = 64 * limits::kKiB;
constexpr std::uint32_t kFiles = 50;

LeafText without_text(ToolOutcome outcome, std::string_view pdf) {
  LeafText leaf{"application/pdf", "", Opaque::unknown, false, std::nullopt};
  if (outcome == ToolOutcome::failed) {
    const bool locked = pdf.find("/Encrypt") != std::string_view::npos;
    leaf.opaque = locked ? Opaque::encrypted : Opaque::broken;
  }
  return leaf;
}

std::string text_of(const ToolAnswer& answer) {
  return decode_charset(answer.text, "utf-8").text;
}

struct Pages {
  bool with_text = false;
  bool unread = false;  // one has no text, and its picture could not be read
};

// A font without a table of its letters comes out as control characters, or as numbers of a private
// use: nobody can look for a name in that.
bool says_nothing(std::string_view page) {
  std::size_t letters = 0;
  std::size_t odd = 0;
  for (std::size_t at = 0; at < page.size(); ++at) {
    const auto c = static_cast<unsigned char>(page[at]);
    const auto next = at + 1 < page.size() ? static_cast<unsigned char>(page[at + 1]) : 0U;
    const bool replaced = page.substr(at, 3) == "\xEF\xBF\xBD";
    const bool private_use = c == 0xEE || (c == 0xEF && next >= 0x80 && next <= 0xA3);
    const bool control = c < 0x20 && c != '\n' && c != '\r' && c != '\t';
    odd += replaced || private_use || control ? 1 : 0;
    letters += c > 0x20 && (c < 0x80 || c >= 0xC0) ? 1 : 0;
  }
  return odd > 0 && odd * 2 >= letters;
}

Pages read_pages(std::string& text, std::string_view pdf, int tools) {
  std::string out;
  Pages pages;
  std::uint32_t page = 0;
  for (std::string_view rest = text; !rest.empty();) {
    const std::size_t end = std::min(rest.find('\f'), rest.size());
    ++page;
    const std::string_view content = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (trim(content).empty() || says_nothing(content)) {
      PictureWords words = words_of_page(pdf, page, tools);
      pages.unread = pages.unread || !words.read;
      out += words.text;
    } else {
      pages.with_text = true;
      out += content;
    }
    out += '\f';
  }
  text = std::move(out);
  return pages;
}

// What the document says of itself, a line each, and whether it is a form of a kind that pdftotext
// shows a placeholder of.
struct Information {
  std::string lines;
  bool xfa = false;
};

Information information_of(std::string_view pdf, int tools) {
  Information information;
  const std::string all = text_of(ask_tool(tools, Tool::pdf_information, pdf));
  static constexpr std::array<std::string_view, 4> kSaying{
      "Title:", "Subject:", "Keywords:", "Author:"};
  for (const std::string_view line : split(std::string_view(all).substr(0, kInformation), '\n')) {
    const bool says = std::any_of(kSaying.begin(), kSaying.end(),
                                  [line](std::string_view name) { return line.starts_with(name); });
    if (says && !trim(line.substr(line.find(':') + 1)).empty()) {
      information.lines.append(line).append("\n");
    }
    information.xfa = information.xfa ||
                      (line.starts_with("Form:") && line.find("XFA") != std::string_view::npos);
  }
  return information;
}

// Files in the document ("2 embedded files", then "1: name" and "2: name") are read as members.
// False: there are some that could not be had.
bool take_files_out(std::string_view pdf, int tools, ReadingSink& sink) {
  const ToolAnswer list = ask_tool(tools, Tool::pdf_files, pdf);
  std::uint32_t number = 0;
  bool all = list.outcome == ToolOutcome::text;
  for (const std::string_view line : split(list.text, '\n')) {
    const std::string head = std::to_string(number + 1) + ": ";
    if (!line.starts_with(head)) {
      continue;
    }
    ++number;
    const ToolAnswer file = number <= kFiles && !sink.full()
                                ? ask_tool(tools, Tool::pdf_file, pdf, number)
                                : ToolAnswer{};
    if (file.outcome == ToolOutcome::text) {
      sink.member(line.substr(head.size()), file.text);
    } else {
      sink.opaque(line.substr(head.size()), Opaque::unknown);
      all = false;
    }
  }
  const bool says_so = pdf.find("/EmbeddedFile") != std::string_view::npos;
  return all && (number > 0 || !says_so);
}

}  // namespace

LeafText read_pdf(std::string_view pdf, int tools, ReadingSink& sink) {
  const ToolAnswer answer = ask_tool(tools, Tool::pdf_text, pdf);
  if (answer.outcome != ToolOutcome::text) {
    return without_text(answer.outcome, pdf);
  }
  LeafText leaf{"application/pdf", text_of(answer), std::nullopt, false, std::nullopt};
  const Pages pages = read_pages(leaf.text, pdf, tools);
  // A picture on a page with text is not looked at; a document of pictures alone has been.
  const bool pictures = pages.with_text && picture_pixels(pdf) >= kScanPixels;
  if (leaf.text.empty() || pages.unread || pictures) {
    leaf.opaque = Opaque::image;
  }
  const Information information = information_of(pdf, tools);
  if (information.xfa || !take_files_out(pdf, tools, sink)) {
    leaf.opaque = Opaque::unknown;
  }
  PdfStrings strings = pdf_strings(pdf, sink.bytes_left());
  sink.unpacked(strings.unpacked);
  if (strings.cut) {
    leaf.opaque = leaf.opaque.value_or(Opaque::limit);
  }
  leaf.text += information.lines + strings.text;
  return leaf;
}

}  // namespace phimilter::extract
