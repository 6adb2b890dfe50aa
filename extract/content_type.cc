// SPDX-License-Identifier: Apache-2.0
#include "extract/content_type.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "base/encoding.h"

namespace phimilter::extract {
namespace {

using std::string_view_literals::operator""sv;

struct Magic {
  std::size_t offset;
  std::string_view bytes;
  std::string_view type;
};

constexpr std::array kMagics{
    Magic{0, "PK\x03\x04"sv, "application/zip"},
    Magic{0, "PK\x05\x06"sv, "application/zip"},
    Magic{0, "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"sv, "application/x-ole-storage"},
    Magic{0, "\x89PNG\r\n\x1A\n"sv, "image/png"},
    Magic{0, "\xFF\xD8\xFF"sv, "image/jpeg"},
    Magic{0, "GIF87a"sv, "image/gif"},
    Magic{0, "GIF89a"sv, "image/gif"},
    Magic{0, "II*\0"sv, "image/tiff"},
    Magic{0, "MM\0*"sv, "image/tiff"},
    Magic{8, "WEBPVP8"sv, "image/webp"},
    Magic{4, "ftypheic"sv, "image/heic"},
    Magic{40, " EMF"sv, "image/emf"},
    Magic{0, "\xD7\xCD\xC6\x9A"sv, "image/wmf"},
    Magic{0, "VCLMTF"sv, "image/x-vclmtf"},
    Magic{0, "\x1F\x8B\x08"sv, "application/gzip"},
    Magic{0, "BZh"sv, "application/x-bzip2"},
    Magic{0,
          "\xFD"
          "7zXZ\0"sv,
          "application/x-xz"},
    Magic{0, "7z\xBC\xAF\x27\x1C"sv, "application/x-7z-compressed"},
    Magic{0, "Rar!\x1A\x07"sv, "application/vnd.rar"},
    Magic{0, "{\\rtf"sv, "application/rtf"},
    Magic{0, "%!PS"sv, "application/postscript"},
    Magic{0, "x\x9F>\""sv, "application/ms-tnef"},
    Magic{128, "DICM"sv, "application/dicom"},
    Magic{0, "SQLite format 3\0"sv, "application/vnd.sqlite3"},
};

constexpr std::array kTextual{"application/json"sv,
                              "application/xml"sv,
                              "application/csv"sv,
                              "application/hl7-v2"sv,
                              "application/edi-x12"sv,
                              "application/edifact"sv,
                              "application/edi-hl7"sv,
                              "application/edi-hl7v2"sv,
                              "application/x-ndjson"sv,
                              "application/yaml"sv,
                              "application/ics"sv,
                              "application/vcard"sv,
                              "application/xhtml+xml"sv,
                              "message/delivery-status"sv,
                              "message/disposition-notification"sv,
                              "message/feedback-report"sv,
                              "message/global-delivery-status"sv};

bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  const bool layout = c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v' ||
                      c == '\x1C' || c == '\x1D' || c == '\x1E' || c == '\x1F' || c == '\x1B';
  return (byte < 0x20 && !layout) || byte == 0x7F;
}

std::string_view line_at(std::string_view text, std::size_t at) {
  return text.substr(at, text.find('\n', at) - at);
}

// "begin 644 name" and a line of uuencode's length behind it.
bool is_uuencode_start(std::string_view text, std::size_t at) {
  const std::string_view line = line_at(text, at);
  const std::string_view mode = line.substr(std::min<std::size_t>(line.size(), 6), 4);
  if (!line.starts_with("begin ") || mode.size() < 4 ||
      !std::all_of(mode.begin(), mode.begin() + 3, [](char c) { return c >= '0' && c <= '7'; })) {
    return false;
  }
  const std::size_t next = at + line.size() + 1;
  const std::string_view data = next < text.size() ? trim(line_at(text, next)) : "";
  if (data.empty() || data[0] < ' ' || data[0] > '`') {
    return false;
  }
  const auto bytes = static_cast<std::size_t>((data[0] - ' ') & 0x3F);
  const std::size_t length = 1 + (bytes + 2) / 3 * 4;
  return bytes > 0 && data.size() + 4 >= length && data.size() <= length + 1;
}

}  // namespace

std::string_view type_by_content(std::string_view head) {
  for (const auto& magic : kMagics) {
    if (head.size() > magic.offset && head.substr(magic.offset).starts_with(magic.bytes)) {
      return magic.type;
    }
  }
  // Readers find a PDF whose header stands anywhere in the first kilobyte.
  return head.substr(0, 1024).find("%PDF-") != std::string_view::npos ? "application/pdf" : "";
}

bool looks_like_html(std::string_view head) {
  const std::string lower = ascii_lower(trim(head.substr(0, 512)));
  return lower.starts_with("<!doctype html") || lower.starts_with("<html");
}

bool reads_as_text(std::string_view text) {
  const auto controls =
      static_cast<std::size_t>(std::count_if(text.begin(), text.end(), is_control));
  return controls <= text.size() / 200;
}

bool holds_encoded_file(std::string_view text) {
  if (text.find("(This file must be converted with BinHex") != std::string_view::npos) {
    return true;
  }
  for (std::size_t at = 0; at < text.size(); at += line_at(text, at).size() + 1) {
    const std::string_view line = line_at(text, at);
    if (line.starts_with("=ybegin ") || is_uuencode_start(text, at)) {
      return true;
    }
  }
  return false;
}

bool is_textual_type(std::string_view media_type) {
  return (media_type.starts_with("text/") && media_type != "text/rtf") ||
         std::find(kTextual.begin(), kTextual.end(), media_type) != kTextual.end() ||
         media_type.ends_with("+json") || media_type.ends_with("+xml");
}

}  // namespace phimilter::extract
