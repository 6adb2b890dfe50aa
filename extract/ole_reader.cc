// SPDX-License-Identifier: Apache-2.0
#include "extract/ole_reader.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/encoding.h"
#include "extract/compound_file.h"
#include "extract/embedded_object.h"
#include "extract/excel_binary.h"
#include "extract/office_pictures.h"
#include "extract/outlook_item.h"
#include "extract/powerpoint_binary.h"
#include "extract/property_set.h"
#include "extract/text_runs.h"
#include "extract/vba_source.h"
#include "extract/word_binary.h"

namespace phimilter::extract {
namespace {

using std::string_view_literals::operator""sv;

constexpr std::size_t kStorageDepth = 20;  // past it: opaque

bool holds(const Document& document, std::string_view stream) {
  const auto file = CompoundFile::open(document.bytes);
  return file && file->has(CompoundFile::kRoot, stream);
}

// [MS-OFFCRYPTO] 2.1, 2.2: the whole package is one stream, or its transforms stand beside it.
bool is_encrypted_package(const CompoundFile& file, std::size_t storage) {
  constexpr std::array kStreams{"EncryptedPackage"sv, "EncryptionInfo"sv, "EncryptedSummary"sv,
                                "\x06"
                                "DataSpaces"sv,
                                "\x09"
                                "DRMContent"sv};
  return std::any_of(kStreams.begin(), kStreams.end(),
                     [&](auto name) { return file.has(storage, name); });
}

// What stands beside every embedded object and says nothing.
bool is_plumbing(std::string_view name) {
  constexpr std::array kNames{
      "\x01"
      "CompObj"sv,
      "\x01"
      "Ole"sv,
      "\x03"
      "ObjInfo"sv,
      "\x03"
      "LinkInfo"sv,
      "\x03"
      "OCXNAME"sv,
      "\x03"
      "PRINT"sv,
      "\x03"
      "EPRINT"sv,
      "\x03"
      "META"sv,
      "\x02"
      "OlePres000"sv,
      "\x02"
      "OlePres001"sv,
      "Equation Native"sv};
  return std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

// Streams that are whole files: embedded packages of later Office and others, and custom XML.
bool is_file(std::string_view name) {
  return ascii_iequal(name, "Package") || ascii_iequal(name, "CONTENTS") ||
         ascii_iequal(name, "EmbeddedOdf") || name == "Item" || name == "Properties";
}

// How an embedded object looks, as a metafile: all there is of one that nobody can open any more.
bool is_stored_drawing(std::string_view name) {
  return name.starts_with("\x02OlePres") ||
         name ==
             "\x03"
             "EPRINT" ||
         name ==
             "\x03"
             "META";
}

// Streams that the readers of documents read themselves.
bool is_of_document(std::string_view name) {
  constexpr std::array kNames{
      "WordDocument"sv,        "0Table"sv,       "1Table"sv,  "Data"sv, "Workbook"sv, "Book"sv,
      "PowerPoint Document"sv, "Current User"sv, "Pictures"sv};
  return std::any_of(kNames.begin(), kNames.end(),
                     [&](auto known) { return ascii_iequal(known, name); });
}

bool is_property_set(std::string_view name) {
  return name.starts_with('\x05');
}

// What streams of a storage are, when they are nobody's document.
enum class Role { document, macros, pivot_cache, control };

struct Waiting {
  std::size_t storage;
  std::size_t depth;
  Role role;
};

class OleReader {
 public:
  OleReader(CompoundFile& file, ReadingSink& sink) : file_(file), sink_(sink) {}

  void read() {
    waiting_.push_back({CompoundFile::kRoot, 0, Role::document});
    while (!waiting_.empty() && !sink_.full()) {
      const Waiting next = waiting_.back();
      waiting_.pop_back();
      read_storage(next);
    }
    if (file_.damaged()) {
      sink_.opaque("", Opaque::broken);
    }
  }

 private:
  void read_storage(const Waiting& at) {
    if (is_encrypted_package(file_, at.storage)) {
      sink_.opaque("", Opaque::encrypted);
      return;
    }
    if (file_.has(at.storage, kOutlookProperties)) {
      if (!names_) {
        names_ = read_outlook_names(file_);
      }
      read_outlook_item(file_, at.storage, *names_, sink_);
      for (const std::size_t inner : storages_inside_item(file_, at.storage)) {
        descend(inner, at.depth, at.role);
      }
    }
    const bool item = file_.has(at.storage, kOutlookProperties);
    const bool known = read_document(at.storage);
    const Role role = role_of(at);
    for (const std::size_t child : file_.entries()[at.storage].children) {
      // What an Outlook item is made of begins so; beside it may stand a document of another kind.
      if (item && file_.entries()[child].name.starts_with("__")) {
        continue;
      }
      if (sink_.full()) {
        return;
      }
      if (file_.entries()[child].kind == CompoundEntry::Kind::storage) {
        descend(child, at.depth, role);
      } else {
        read_stream(child, role, known || item);
      }
    }
  }

  void descend(std::size_t storage, std::size_t depth, Role role) {
    if (depth + 1 >= kStorageDepth) {
      sink_.opaque("", Opaque::limit);
      return;
    }
    waiting_.push_back({storage, depth + 1, role});
  }

  Role role_of(const Waiting& at) const {
    const std::string& name = file_.entries()[at.storage].name;
    if (name == "_VBA_PROJECT_CUR" || name == "Macros" || name == "VBA") {
      return Role::macros;
    }
    if (name == "_SX_DB_CUR") {
      return Role::pivot_cache;
    }
    if (file_.has(at.storage, "\x03OCXNAME") || file_.has(at.storage, "\x03OCXDATA")) {
      return Role::control;
    }
    return at.role;
  }

  bool read_document(std::size_t storage) {
    bool known = false;
    if (file_.has(storage, "WordDocument")) {
      read_word(file_, storage, sink_);
      known = true;
    }
    if (file_.has(storage, "Workbook") || file_.has(storage, "Book")) {
      read_excel(file_, storage, sink_);
      known = true;
    }
    if (file_.has(storage, "PowerPoint Document")) {
      read_powerpoint(file_, storage, sink_);
      known = true;
    }
    return known;
  }

  // A stream beside those that the storage's own reader has read.
  void read_stream(std::size_t stream, Role role, bool known) {
    const std::string& name = file_.entries()[stream].name;
    if (is_property_set(name)) {
      read_property_set(file_.read(stream), sink_);
    } else if (ascii_iequal(name, "\x01Ole10Native")) {
      read_native_stream(file_.read(stream), sink_);
    } else if (role == Role::macros) {
      const std::string bytes = file_.read(stream);
      const std::string source = vba_source(bytes);
      source.empty() ? read_text_runs(bytes, sink_) : sink_.text(source);
    } else if (role == Role::pivot_cache) {
      read_pivot_cache(file_.read(stream), sink_);
    } else if (role == Role::control || ascii_iequal(name, "Revision Log")) {
      read_text_runs(file_.read(stream), sink_);
    } else if (is_file(name)) {
      sink_.member(name, file_.read(stream));
    } else if (is_stored_drawing(name)) {
      for (const std::string& run : wide_text_runs(file_.read(stream))) {
        sink_.text(run + '\n');
      }
    } else if (!known && !is_plumbing(name)) {
      read_unknown(stream);
    } else if (known && !is_plumbing(name) && !is_of_document(name)) {
      read_text_runs(file_.read(stream), sink_);
    }
  }

  void read_unknown(std::size_t stream) {
    const std::string bytes = file_.read(stream);
    if (!bytes.empty()) {
      read_text_runs(bytes, sink_);
      sink_.opaque("", Opaque::unknown);
    }
  }

  CompoundFile& file_;
  ReadingSink& sink_;
  std::vector<Waiting> waiting_;
  std::optional<OutlookNames> names_;
};

}  // namespace

bool is_word_binary(const Document& document) {
  return holds(document, "WordDocument");
}

bool is_excel_binary(const Document& document) {
  return holds(document, "Workbook") || holds(document, "Book");
}

bool is_powerpoint_binary(const Document& document) {
  return holds(document, "PowerPoint Document");
}

bool is_outlook_item(const Document& document) {
  return holds(document, kOutlookProperties);
}

bool is_compound_file(const Document& document) {
  return document.bytes.starts_with(kCompoundFileMark);
}

void read_compound_file(const Document& document, ReadingSink& sink) {
  auto file = CompoundFile::open(document.bytes);
  if (!file) {
    sink.opaque("", Opaque::broken);
    read_text_runs(document.bytes, sink);
    return;
  }
  OleReader(*file, sink).read();
}

}  // namespace phimilter::extract
