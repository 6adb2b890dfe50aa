// SPDX-License-Identifier: Apache-2.0
#include "delivery/batch.h"

#include <array>

#include "base/encoding.h"
#include "mail/parameters.h"

namespace phimilter::delivery {

namespace {

constexpr std::size_t kLongestName = 64;
constexpr std::array<std::string_view, 3> kNames = {"id", "item", "end"};

Fault bad(std::string text) {
  return permanent_fault("batch.header", std::move(text));
}

}  // namespace

Result<BatchMark> parse_batch_mark(std::string_view value) {
  const auto parameters = mail::parse_parameters(value, kNames);
  if (!parameters) {
    return fail(bad(parameters.error().text));
  }
  BatchMark mark;
  for (const auto& [name, text] : *parameters) {
    if (name == "end") {
      if (text != "yes") {
        return fail(bad("end: yes, or leave it out"));
      }
      mark.end = true;
      continue;
    }
    if (!id_form::word(text, kLongestName)) {
      return fail(bad(name + ": 1 to 64 letters, digits, dots, hyphens and underscores"));
    }
    (name == "id" ? mark.id : mark.item) = text;
  }
  if (mark.id.empty()) {
    return fail(bad("id is missing"));
  }
  return mark;
}

DigestId batch_submission(const mail::Envelope& envelope, const BatchMark& mark,
                          const DigestId& content) {
  Sha256Stream stream;
  stream.add_field("phimilter batch submission 1");
  stream.add_field(envelope.reverse_path ? envelope.reverse_path->key() : "");
  stream.add_field(mark.id);
  stream.add_field(mark.item);
  stream.add_field(content.str());
  return *DigestId::parse(hex(stream.finish()));
}

}  // namespace phimilter::delivery
