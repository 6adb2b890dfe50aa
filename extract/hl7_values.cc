// SPDX-License-Identifier: Apache-2.0
#include "extract/hl7_values.h"

#include <algorithm>

#include "base/encoding.h"
#include "extract/record_values.h"

namespace phimilter::extract {
namespace {

constexpr std::size_t kComponents = 64;
constexpr std::size_t kLongestEscape = 80;

// 2.7: what stands between two escape characters.
std::string escaped_character(std::string_view code, const Hl7Separators& separators) {
  if (code == "F") {
    return {separators.field};
  }
  if (code == "S") {
    return {separators.component};
  }
  if (code == "T") {
    return {separators.subcomponent};
  }
  if (code == "R") {
    return {separators.repetition};
  }
  if (code == "E") {
    return {separators.escape};
  }
  if (code.starts_with('X')) {
    const auto bytes = unhex(code.substr(1));
    return bytes ? std::string(as_text(*bytes)) : std::string();
  }
  return code.starts_with('.') ? " " : "";  // formatting; H and N: highlighting
}

bool is_escape_code(std::string_view code) {
  constexpr std::string_view kCodes = "FSTREHN";
  return !code.empty() && (code.front() == '.' || code.front() == 'X' || code.front() == 'C' ||
                           code.front() == 'M' || code.front() == 'Z' ||
                           (code.size() == 1 && kCodes.find(code.front()) != kCodes.npos));
}

}  // namespace

Hl7Value::Hl7Value(std::string_view text, const Hl7Separators& separators)
    : separators_(separators), components_(pieces(text, separators.component, kComponents)) {}

std::string_view Hl7Value::raw_component(std::size_t number) const {
  return number <= components_.size() ? components_[number - 1] : std::string_view();
}

std::string Hl7Value::unescaped(std::string_view text) const {
  std::string out;
  while (!text.empty()) {
    const std::size_t at = std::min(text.find(separators_.escape), text.size());
    out.append(text.substr(0, at));
    text.remove_prefix(at);
    const std::size_t end = text.substr(0, kLongestEscape).find(separators_.escape, 1);
    const bool closed = end != std::string_view::npos && is_escape_code(text.substr(1, end - 1));
    if (closed) {
      out.append(escaped_character(text.substr(1, end - 1), separators_));
      text.remove_prefix(end + 1);
    } else if (!text.empty()) {
      out.push_back(text.front());
      text.remove_prefix(1);
    }
  }
  return out;
}

std::string Hl7Value::component(std::size_t number) const {
  std::string plain(raw_component(number));
  std::replace(plain.begin(), plain.end(), separators_.subcomponent, ' ');
  const std::string value = unescaped(plain);
  return std::string(value == "\"\"" ? std::string_view() : trimmed(value));  // "": deleted
}

std::string Hl7Value::first_subcomponent(std::size_t number) const {
  const std::string_view raw = raw_component(number);
  return unescaped(trimmed(raw.substr(0, raw.find(separators_.subcomponent))));
}

std::string Hl7Value::text() const {
  std::string out;
  for (std::size_t i = 1; i <= components_.size(); ++i) {
    const std::string part = component(i);
    out.append(out.empty() || part.empty() ? "" : " ").append(part);
  }
  return out;
}

std::string Hl7Value::coded() const {
  const std::string original = component(9);
  const std::string alternate = component(5).empty() ? original : component(5);
  const std::string words = component(2).empty() ? alternate : component(2);
  const std::string code = component(1).empty() ? component(4) : component(1);
  return joined({code, words == code ? "" : words}, " ");
}

std::string Hl7Value::person() const {
  return written_name(first_subcomponent(1), component(2), component(3), component(4));
}

std::string Hl7Value::provider() const {
  if (component(2).empty() && component(3).empty()) {
    const std::string only = component(1);
    return only.find_first_of("0123456789") == std::string::npos ? only : "";
  }
  return written_name(first_subcomponent(2), component(3), component(4), component(5));
}

std::string Hl7Value::identifier() const {
  return first_subcomponent(1);
}

std::string Hl7Value::address() const {
  return written_address(component(1), component(2), component(3), component(4), component(5),
                         component(6));
}

std::string Hl7Value::phone() const {
  const std::string first = component(1);
  if (!first.empty()) {
    return first.find('@') == std::string::npos ? written_phone(first) : "";
  }
  const std::string parts = joined({component(5), component(6), component(7)}, " ");
  return parts.empty() ? written_phone(component(12)) : parts;
}

std::string Hl7Value::email() const {
  const std::string first = component(1);
  return first.find('@') == std::string::npos ? component(4) : first;
}

std::string Hl7Value::date() const {
  return written_date(first_subcomponent(1));
}

std::string Hl7Value::date_time() const {
  return written_date_time(first_subcomponent(1));
}

std::string Hl7Value::organisation() const {
  return component(1);
}

}  // namespace phimilter::extract
