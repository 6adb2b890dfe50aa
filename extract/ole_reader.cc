// SPDX-License-Identifier: Apache-2.0
#include "extract/ole_reader.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
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

bool is_property_set(std::string_view name) {
  return name.starts_with('\x05');
}

class OleReader {
 public:
  OleReader(CompoundFile& file, ReadingSink& sink) : file_(file), sink_(sink) {}

  void read() {
    waiting_.push_back({CompoundFile::kRoot, 0});
    while (!waiting_.empty() && !sink_.full()) {
      const auto [storage, depth] = waiting_.back();
      waiting_.pop_back();
      read_storage(storage, depth);
    }
    if (file_.damaged()) {
      sink_.opaque("", Opaque::broken);
    }
  }

 private:
  void read_storage(std::size_t storage, std::size_t depth) {
    if (is_encrypted_package(file_, storage)) {
      sink_.opaque("", Opaque::encrypted);
      return;
    }
    if (file_.has(storage, kOutlookProperties)) {
      read_outlook_item(file_, storage, sink_);
      for (const std::size_t inner : storages_inside_item(file_, storage)) {
        descend(inner, depth);
      }
      return;
    }
    const bool known = read_document(storage);
    for (const std::size_t child : file_.entries()[storage].children) {
      if (sink_.full()) {
        return;
      }
      if (file_.entries()[child].kind == CompoundEntry::Kind::storage) {
        descend(child, depth);
      } else {
        read_stream(child, known);
      }
    }
  }

  void descend(std::size_t storage, std::size_t depth) {
    if (depth + 1 >= kStorageDepth) {
      sink_.opaque("", Opaque::limit);
      return;
    }
    waiting_.push_back({storage, depth + 1});
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
  void read_stream(std::size_t stream, bool known) {
    const std::string& name = file_.entries()[stream].name;
    if (is_property_set(name)) {
      read_property_set(file_.read(stream, sink_.bytes_left()), sink_);
    } else if (ascii_iequal(name, "\x01Ole10Native")) {
      const std::string bytes = file_.read(stream, sink_.bytes_left());
      read_native_stream(bytes, sink_);
    } else if (ascii_iequal(name, "Package") || ascii_iequal(name, "CONTENTS") ||
               ascii_iequal(name, "EmbeddedOdf")) {
      sink_.member(name, file_.read(stream, sink_.bytes_left()));
    } else if (!known && !is_plumbing(name)) {
      read_unknown(stream);
    }
  }

  void read_unknown(std::size_t stream) {
    const std::string bytes = file_.read(stream, sink_.bytes_left());
    if (!bytes.empty()) {
      read_text_runs(bytes, sink_);
      sink_.opaque("", Opaque::unknown);
    }
  }

  CompoundFile& file_;
  ReadingSink& sink_;
  std::vector<std::pair<std::size_t, std::size_t>> waiting_;  // storages and how deep they stand
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
