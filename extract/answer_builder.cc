// SPDX-License-Identifier: Apache-2.0
#include "extract/answer_builder.h"

#include <algorithm>
#include <utility>

#include "base/limits.h"
#include "extract/answer.h"
#include "extract/utf8.h"

namespace phimilter::extract {

void AnswerBuilder::add(PartText part) {
  // The last place is for saying that there is no more place.
  if (answer_.parts.size() + 1 >= kAnswerParts) {
    full_ = true;
    return;
  }
  const std::size_t left = limits::kMessageText - text_bytes_;
  const std::string_view kept = utf8_prefix(part.text, std::min(limits::kPartText, left));
  if (kept.size() < part.text.size()) {
    part.text.resize(kept.size());
    part.opaque = part.opaque.value_or(Opaque::limit);
  }
  text_bytes_ += part.text.size();
  answer_.parts.push_back(std::move(part));
}

void AnswerBuilder::add_opaque(std::string path, PartKind kind, std::string media_type,
                               Opaque reason) {
  add({std::move(path), kind, std::move(media_type), "", reason});
}

MessageText AnswerBuilder::finish() {
  if (full_) {
    answer_.parts.push_back({"structure", PartKind::body, "", "", Opaque::limit});
  }
  return std::move(answer_);
}

}  // namespace phimilter::extract
