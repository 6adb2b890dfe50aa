// SPDX-License-Identifier: Apache-2.0
//
// Whether a piece of text is a value of a class, and not what an empty or masked form holds.
// Private to the finder of labelled values.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace phimilter::policy {

enum class ValueKind { name, date, ssn, number, phone, mail, address, text, none };

// By the class of a label: "id.name" -> name, "health.*" -> text, "context.*" -> none.
ValueKind value_kind(std::string_view finding_class);

struct Value {
  std::size_t from = 0;  // bytes into the piece of text
  std::size_t to = 0;
};

// The value at the front of `text`. `told`: a mark between the label and the text says that a value
// comes ("DOB: ..."); without one only dates and numbers are believed.
std::optional<Value> value_at(std::string_view text, ValueKind kind, bool told);

// "____", "N/A", "[redacted]", "XXXX", "see below".
bool is_placeholder(std::string_view text);

}  // namespace phimilter::policy
