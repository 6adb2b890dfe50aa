// SPDX-License-Identifier: Apache-2.0
//
// A sink that keeps what a reader gives, and says "full" when the test wants it.
#pragma once

#include <cstddef>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "extract/format_reader.h"

namespace phimilter::extract {

struct RecordedReading final : ReadingSink {
  struct File {
    std::string name;
    std::string bytes;
  };

  void text(std::string_view utf8) override { said.append(utf8); }
  void member(std::string_view name, std::string_view bytes) override {
    members.push_back({std::string(name), std::string(bytes)});
  }
  void picture(std::string_view name, std::string_view bytes) override { member(name, bytes); }
  void opaque(std::string_view name, Opaque reason) override {
    reasons.emplace_back(std::string(name), reason);
  }
  void message(std::string_view name, std::string_view bytes) override {
    messages.push_back({std::string(name), std::string(bytes)});
  }
  void unpacked(std::size_t) override {}
  std::size_t bytes_left() const override { return std::numeric_limits<std::size_t>::max(); }
  bool full() const override { return said.size() >= full_at; }

  // Whether the line "label TAB value" was given.
  bool has(std::string_view label, std::string_view value) const {
    const std::string line = std::string(label) + '\t' + std::string(value) + '\n';
    const std::string all = '\n' + said;
    return all.find('\n' + line) != std::string::npos;
  }

  std::string said;
  std::vector<File> members;
  std::vector<File> messages;
  std::vector<std::pair<std::string, Opaque>> reasons;
  std::size_t full_at = std::numeric_limits<std::size_t>::max();
};

inline Document text_document(std::string_view text, std::string_view type = "text/plain",
                              std::string_view name = "") {
  Document document;
  document.bytes = text;
  document.undecoded = text;
  document.declared_type = type;
  document.name = name;
  return document;
}

template <typename Read>
RecordedReading reading_of(Read read, const Document& document) {
  RecordedReading sink;
  read(document, sink);
  return sink;
}

}  // namespace phimilter::extract
