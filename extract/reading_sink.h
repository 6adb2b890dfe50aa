// SPDX-License-Identifier: Apache-2.0
//
// Reads files and everything in them, however deep one stands in the other, into the answer, and
// keeps the whole message under the limits on depth, number and unpacked bytes of files
// (base/limits.h).
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "extract/answer_builder.h"
#include "extract/format_reader.h"
#include "extract/leaf_reader.h"

namespace phimilter::extract {

// A message or MIME entity that stands inside another encoding (a signed message, a member of an
// archive): read as a message of its own, after the outer one.
struct InnerMessage {
  std::string bytes;
  std::string prefix;          // of the paths of its parts
  std::size_t depth = 0;       // containers around it, MIME and files
  std::size_t file_depth = 0;  // files around it
};

struct FileReading {
  std::optional<Opaque> opaque;
  bool all_encrypted = false;  // nothing of it can be read without a key
};

class FileReader {
 public:
  // `answer` must outlive the reader.
  FileReader(AnswerBuilder& answer, int tools) : answer_(answer), tools_(tools) {}

  // Adds the part of this leaf, and the parts of all files in it. `file_depth`: files around it.
  FileReading read(const Entity& entity, std::string_view bytes, PartKind kind,
                   std::size_t file_depth);

  // Any reader notes the names of files here.
  void add_name(std::string_view name);
  const std::string& names() const { return names_; }
  std::optional<InnerMessage> next_message();

 private:
  friend class PartSink;

  std::optional<Opaque> add_records(const Entity& entity, std::string_view text,
                                    std::string_view bytes, PartKind kind, std::size_t file_depth);

  AnswerBuilder& answer_;
  const int tools_;
  std::deque<InnerMessage> messages_;
  std::string names_;
  std::size_t members_ = 0;
  std::size_t unpacked_ = 0;
};

}  // namespace phimilter::extract
