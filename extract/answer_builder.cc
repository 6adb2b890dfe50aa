// SPDX-License-Identifier: Apache-2.0
#include "extract/answer_builder.h"

#include <algorithm>
#include <functional>
#include <string_view>
#include <utility>

#include "base/limits.h"
#include "extract/answer.h"
#include "extract/utf8.h"

namespace phimilter::extract {

bool AnswerBuilder::is_repetition(const PartText& part) {
  const auto [from, to] = by_text_.equal_range(std::hash<std::string_view>()(part.text));
  return std::any_of(from, to, [&](const auto& entry) {
    const PartText& known = answer_.parts[entry.second];
    return known.text == part.text && known.kind == part.kind &&
           (known.opaque == part.opaque || !part.opaque);
  });
}

void AnswerBuilder::add(PartText part) {
  if (part.path.find('#') != std::string::npos && is_repetition(part)) {
    return;
  }
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
  by_text_.emplace(std::hash<std::string_view>()(part.text), answer_.parts.size());
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
