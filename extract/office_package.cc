// SPDX-License-Identifier: Apache-2.0
#include "extract/office_package.h"

#include <algorithm>
#include <array>
#include <string>

#include "base/encoding.h"
#include "extract/archive_reader.h"
#include "extract/office_xml.h"
#include "extract/text_runs.h"
#include "extract/workbook.h"
#include "extract/xml_reader.h"

namespace phimilter::extract {
namespace {

using std::string_view_literals::operator""sv;

// Names of files stand in clear in a zip.
bool names_file(const Document& document, std::string_view name) {
  return is_zip(document) && document.bytes.find(name) != std::string_view::npos;
}

bool is_package(const Document& document) {
  return names_file(document, "[Content_Types].xml");
}

// Parts with nothing in them that anybody has written.
bool is_layout(std::string_view root) {
  constexpr std::array kLayout{"Types"sv,  "styles"sv,         "styleSheet"sv,  "theme"sv,
                               "fonts"sv,  "settings"sv,       "webSettings"sv, "tblStyleLst"sv,
                               "viewPr"sv, "presentationPr"sv, "calcChain"sv,   "themeOverride"sv};
  return std::find(kLayout.begin(), kLayout.end(), root) != kLayout.end();
}

// Fonts that the document brings along, scrambled (17.8.1) or not.
bool is_embedded_font(std::string_view lower_name) {
  return lower_name.find("/fonts/") != std::string_view::npos &&
         (lower_name.ends_with(".odttf") || lower_name.ends_with(".fntdata") ||
          lower_name.ends_with(".ttf"));
}

bool is_office_folder(std::string_view lower_name) {
  constexpr std::array kFolders{"word/"sv,  "xl/"sv,    "ppt/"sv,        "docprops/"sv,
                                "_rels/"sv, "visio/"sv, "docmetadata/"sv};
  return lower_name.find('/') == std::string_view::npos ||
         std::any_of(kFolders.begin(), kFolders.end(),
                     [&](auto folder) { return lower_name.starts_with(folder); });
}

// Beside it Office keeps schemas and lists of its own under customXml.
bool is_own_data(std::string_view root) {
  constexpr std::array kOffices{"datastoreItem"sv, "contentTypeSchema"sv, "Sources"sv,   "schema"sv,
                                "FormTemplates"sv, "Relationships"sv,     "properties"sv};
  return std::find(kOffices.begin(), kOffices.end(), root) == kOffices.end();
}

class PackageReading {
 public:
  explicit PackageReading(ReadingSink& sink) : sink_(sink) {}

  // What sheets share may stand behind them in the file.
  void read_shared(std::string_view bytes) {
    Aside nothing(sink_);
    read_zip_files(bytes, nothing,
                   {[](std::string_view name) {
                      const std::string lower = ascii_lower(name);
                      return lower == "xl/sharedstrings.xml" || lower == "xl/styles.xml" ||
                             lower == "xl/workbook.xml" || lower == "xl/_rels/workbook.xml.rels";
                    },
                    [&](auto name, auto content) {
                      nothing.unpacked(content.size());
                      shared_part(ascii_lower(name), content);
                    }});
  }

  void read(std::string_view bytes) {
    read_zip_files(bytes, sink_,
                   {[](std::string_view) { return true; },
                    [&](auto name, auto content) { part(std::string(name), content); }});
    book_.read_unused_strings(sink_);
  }

 private:
  // What is read twice is told once.
  class Aside final : public ReadingSink {
   public:
    explicit Aside(const ReadingSink& sink) : sink_(sink) {}
    void text(std::string_view) override {}
    void member(std::string_view, std::string_view) override {}
    void picture(std::string_view, std::string_view) override {}
    void opaque(std::string_view, Opaque) override {}
    void message(std::string_view, std::string_view) override {}
    void unpacked(std::size_t bytes) override { taken_ += bytes; }
    std::size_t bytes_left() const override {
      return sink_.bytes_left() - std::min(taken_, sink_.bytes_left());
    }
    bool full() const override { return bytes_left() == 0; }

   private:
    const ReadingSink& sink_;
    std::size_t taken_ = 0;
  };

  void shared_part(const std::string& name, std::string_view content) {
    const std::string xml = xml_as_utf8(content);
    if (name.ends_with("strings.xml")) {
      book_.read_shared_strings(xml);
    } else if (name.ends_with("styles.xml")) {
      book_.read_styles(xml);
    } else if (name.ends_with(".rels")) {
      book_.read_relationships(xml);
    } else {
      book_.read_workbook(xml);
    }
  }

  void part(const std::string& name, std::string_view content) {
    const std::string lower = ascii_lower(name);
    if (looks_like_xml(content) && !lower.ends_with(".htm") && !lower.ends_with(".html") &&
        !lower.ends_with(".svg")) {
      sink_.unpacked(content.size());
      xml_part(lower, xml_as_utf8(content));
    } else if ((lower.ends_with(".bin") && lower.find("printersettings") != std::string::npos) ||
               is_embedded_font(lower)) {
      // A block of the printer's driver: no words but the printer's name. A font: its own.
      sink_.unpacked(content.size());
      read_text_runs(content, sink_);
    } else if (lower.find("media/") != std::string::npos || lower.starts_with("docprops/")) {
      sink_.picture(name, content);
    } else if (!content.empty()) {
      sink_.member(name, content);
    }
  }

  void xml_part(const std::string& name, const std::string& xml) {
    const std::string_view root = root_name(xml);
    if (!is_office_folder(name)) {
      // Somebody's own data, which may stand in attributes.
      is_own_data(root) ? read_any_xml(xml, sink_) : read_office_xml(xml, sink_);
    } else if (root == "worksheet" || root == "macrosheet" || root == "dialogsheet") {
      book_.read_sheet(name, xml, sink_);
    } else if (root == "Relationships") {
      read_relationships_xml(xml, sink_);
    } else if (root == "coreProperties" || root == "Properties") {
      read_properties_xml(xml, sink_);
    } else if (is_layout(root)) {
      read_layout_xml(xml, sink_);
    } else if (!(name == "xl/sharedstrings.xml" && book_.has_shared_strings())) {
      read_office_xml(xml, sink_);
    }
  }

  ReadingSink& sink_;
  Workbook book_;
};

}  // namespace

bool is_word_package(const Document& document) {
  return is_package(document) && names_file(document, "word/document");
}

bool is_excel_package(const Document& document) {
  return is_package(document) && names_file(document, "xl/workbook");
}

bool is_powerpoint_package(const Document& document) {
  return is_package(document) && names_file(document, "ppt/presentation");
}

bool is_office_package(const Document& document) {
  return is_package(document);
}

void read_office_package(const Document& document, ReadingSink& sink) {
  PackageReading reading(sink);
  if (is_excel_package(document)) {
    reading.read_shared(document.bytes);
  }
  reading.read(document.bytes);
}

}  // namespace phimilter::extract
