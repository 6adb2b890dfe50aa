// SPDX-License-Identifier: Apache-2.0
#include "extract/opendocument.h"

#include <string>

#include "base/encoding.h"
#include "extract/archive_reader.h"
#include "extract/office_xml.h"
#include "extract/text_runs.h"
#include "extract/xml_reader.h"

namespace phimilter::extract {
namespace {

constexpr std::string_view kMediaType = "application/vnd.oasis.opendocument.";
constexpr std::size_t kLongestMediaType = 100;
constexpr std::size_t kFirstName = 30;  // behind the first header of a zip

// The first file is "mimetype", stored as it is (ODF 1.2 part 3, 3.3); some programs pack it or put
// others first.
bool is_kind(const Document& document, std::string_view kind) {
  if (!is_zip(document)) {
    return false;
  }
  const std::string_view head = document.bytes.substr(0, 200);
  const std::size_t at = head.find(kMediaType);
  return head.substr(std::min(kFirstName, head.size())).starts_with("mimetype") &&
         at != std::string_view::npos && head.substr(at + kMediaType.size()).starts_with(kind);
}

void read_part(std::string_view name, std::string_view content, ReadingSink& sink) {
  const std::string lower = ascii_lower(name);
  if (lower == "mimetype" && content.size() < kLongestMediaType) {
    return;
  }
  if (lower == "meta-inf/manifest.xml") {
    sink.unpacked(content.size());
    if (content.find("encryption-data") != std::string_view::npos) {
      sink.opaque("", Opaque::encrypted);
    }
    return;
  }
  if (looks_like_xml(content) && (lower.ends_with(".xml") || lower.ends_with(".rdf"))) {
    sink.unpacked(content.size());
    read_opendocument_xml(xml_as_utf8(content), sink);
  } else if (lower == "layout-cache" || (lower.starts_with("fonts/") && lower.ends_with("tf"))) {
    // Where lines were broken when the document was last shown: numbers. Or a font.
    sink.unpacked(content.size());
    read_text_runs(content, sink);
  } else if (lower.starts_with("pictures/") || lower.starts_with("thumbnails/") ||
             lower.find("objectreplacements/") != std::string::npos) {
    sink.picture(name, content);
  } else if (!content.empty()) {
    sink.member(name, content);
  }
}

}  // namespace

bool is_opendocument_text(const Document& document) {
  return is_kind(document, "text");
}

bool is_opendocument_spreadsheet(const Document& document) {
  return is_kind(document, "spreadsheet");
}

bool is_opendocument_presentation(const Document& document) {
  return is_kind(document, "presentation");
}

bool is_opendocument(const Document& document) {
  return is_kind(document, "") ||
         (is_zip(document) &&
          document.bytes.find("META-INF/manifest.xml") != std::string_view::npos &&
          document.bytes.find("content.xml") != std::string_view::npos);
}

void read_opendocument(const Document& document, ReadingSink& sink) {
  read_zip_files(document.bytes, sink,
                 {[](std::string_view) { return true; },
                  [&sink](auto name, auto content) { read_part(name, content, sink); }});
}

bool is_flat_opendocument(const Document& document) {
  const std::string_view head = document.bytes.substr(0, 4096);
  return looks_like_xml(head) && head.find(kMediaType) != std::string_view::npos &&
         root_name(document.bytes) == "document";
}

void read_flat_opendocument(const Document& document, ReadingSink& sink) {
  read_opendocument_xml(document.bytes, sink);
}

bool is_flat_office(const Document& document) {
  if (!looks_like_xml(document.bytes.substr(0, 4096))) {
    return false;
  }
  const std::string_view root = root_name(document.bytes);
  return root == "wordDocument" || root == "package" || root == "Workbook";
}

void read_flat_office(const Document& document, ReadingSink& sink) {
  read_office_xml(document.bytes, sink);
}

}  // namespace phimilter::extract
