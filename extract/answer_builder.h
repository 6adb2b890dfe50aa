// SPDX-License-Identifier: Apache-2.0
//
// Collects the parts of an answer and keeps it under limits::kPartText, kMessageText and
// kMimeParts: text past them is cut, and its part is opaque (limit).
#pragma once

#include <cstddef>
#include <string>
#include <unordered_map>

#include "extract/message_text.h"

namespace phimilter::extract {

class AnswerBuilder {
 public:
  // What was read in another way than the first ('#' in its path) and says the same as an earlier
  // part is left out.
  void add(PartText part);
  void add_opaque(std::string path, PartKind kind, std::string media_type, Opaque reason);
  void set_already_encrypted() { answer_.already_encrypted = true; }
  MessageText finish();

 private:
  bool is_repetition(const PartText& part);

  MessageText answer_;
  std::size_t text_bytes_ = 0;
  std::unordered_multimap<std::size_t, std::size_t> by_text_;  // hash to index
  bool full_ = false;
};

}  // namespace phimilter::extract
