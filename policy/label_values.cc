// SPDX-License-Identifier: Apache-2.0
#include "policy/label_values.h"

#include <algorithm>
#include <array>
#include <string>

#include "policy/record_shapes.h"
#include "policy/text_scan.h"
#include "policy/validators.h"

namespace phimilter::policy {
namespace {

constexpr std::size_t kLongestName = 60;
constexpr std::size_t kMostNameWords = 6;
constexpr std::size_t kLongestText = 200;

// What stands where nothing is filled in. Lower case, without marks around it.
constexpr std::array<std::string_view, 62> kPlaceholders{"n/a",
                                                         "na",
                                                         "none",
                                                         "nil",
                                                         "null",
                                                         "unknown",
                                                         "unk",
                                                         "tbd",
                                                         "tba",
                                                         "pending",
                                                         "not applicable",
                                                         "not on file",
                                                         "not given",
                                                         "not provided",
                                                         "not available",
                                                         "see below",
                                                         "see above",
                                                         "see attached",
                                                         "see chart",
                                                         "see note",
                                                         "see subject",
                                                         "same",
                                                         "as above",
                                                         "redacted",
                                                         "removed",
                                                         "withheld",
                                                         "masked",
                                                         "deidentified",
                                                         "de-identified",
                                                         "hidden",
                                                         "omitted",
                                                         "confidential",
                                                         "blank",
                                                         "empty",
                                                         "test",
                                                         "sample",
                                                         "example",
                                                         "first last",
                                                         "last first",
                                                         "first name",
                                                         "last name",
                                                         "full name",
                                                         "name",
                                                         "date",
                                                         "number",
                                                         "mm/dd/yyyy",
                                                         "mm/dd/yy",
                                                         "dd/mm/yyyy",
                                                         "yyyy-mm-dd",
                                                         "mm-dd-yyyy",
                                                         "string",
                                                         "varchar",
                                                         "text",
                                                         "required",
                                                         "optional",
                                                         "ninguno",
                                                         "ninguna",
                                                         "desconocido",
                                                         "no aplica",
                                                         "your name",
                                                         "patient name",
                                                         "insert name"};

bool is_mark(char c) {
  return std::string_view(" \t_.-*[](){}<>#:/\\|=~\"'").find(c) != std::string_view::npos;
}

std::string_view stripped(std::string_view text) {
  while (!text.empty() && is_mark(text.front())) {
    text.remove_prefix(1);
  }
  while (!text.empty() && is_mark(text.back())) {
    text.remove_suffix(1);
  }
  return text;
}

// "XXXX", "XX/XX/XXXX", "###-##-####", "****".
bool is_masked(std::string_view text) {
  std::size_t masks = 0;
  for (const char c : text) {
    if (c == 'X' || c == 'x' || c == '#' || c == '*' || c == '?') {
      ++masks;
    } else if (!is_mark(c) && c != ',') {
      return false;
    }
  }
  return masks >= 2 || text.size() <= 1;
}

std::optional<Value> whole(std::string_view text, std::string_view piece) {
  const auto from = static_cast<std::size_t>(piece.data() - text.data());
  return Value{from, from + piece.size()};
}

bool is_name_byte(char c) {
  return is_letter(c) || c == '\'' || c == '-' || c == '.' || c == ',' || c == ' ' ||
         static_cast<unsigned char>(c) >= 0x80;
}

// Words of letters only, up to the first thing that no name holds.
std::optional<Value> name_value(std::string_view text) {
  std::size_t to = 0;
  std::size_t words = 0;
  std::size_t letters = 0;
  bool inside = false;
  while (to < text.size() && to < kLongestName && is_name_byte(text[to])) {
    const bool letter = is_letter(text[to]) || static_cast<unsigned char>(text[to]) >= 0x80;
    if (text[to] == ' ' && to + 1 < text.size() && (text[to + 1] == ' ' || text[to + 1] == '-')) {
      break;
    }
    if (letter && !inside && ++words > kMostNameWords) {
      return std::nullopt;
    }
    letters += letter ? 1 : 0;
    inside = letter || (inside && (text[to] == '\'' || text[to] == '-'));
    ++to;
  }
  const std::string_view piece = stripped(text.substr(0, to));
  const bool stops_well =
      to >= text.size() || !is_digit(text[to]) || (to > 0 && text[to - 1] == ' ');
  if (letters < 2 || piece.empty() || !stops_well || piece.find(". ") != std::string_view::npos) {
    const std::size_t stop = piece.find(". ");
    if (letters < 2 || stop == std::string_view::npos || stop < 3) {
      return std::nullopt;
    }
    // "J. Smith" keeps its dot, a sentence ends at its own.
    return whole(text, stop > 3 ? piece.substr(0, stop) : piece);
  }
  return whole(text, piece);
}

// EU customs declarations have an MRN too: year, country, 14 places.
bool is_customs_number(std::string_view text) {
  return text.size() == 18 && is_digit(text[0]) && is_digit(text[1]) && is_letter(text[2]) &&
         is_letter(text[3]) && text.find_first_of(" -/.") == std::string_view::npos;
}

// "the encounter 2026 conference"
bool is_year(std::string_view text) {
  return text.size() == 4 && std::all_of(text.begin(), text.end(), is_digit) &&
         (text.starts_with("19") || text.starts_with("20"));
}

std::optional<Value> number_value(std::string_view text, bool told) {
  std::size_t at = 0;
  while (at < text.size() && (text[at] == '#' || text[at] == ' ' || text[at] == '(')) {
    ++at;
  }
  std::size_t to = at;
  std::size_t digits = 0;
  std::size_t letters = 0;
  while (to < text.size() && to - at <= 30) {
    const char c = text[to];
    const bool joins =
        (c == '-' || c == '/' || c == '.' || (c == ' ' && told && digits > 0 && letters == 0)) &&
        to + 1 < text.size() && (is_digit(text[to + 1]) || (c != ' ' && is_letter(text[to + 1])));
    if (is_digit(c)) {
      ++digits;
    } else if (is_letter(c)) {
      ++letters;
    } else if (!joins) {
      break;
    }
    ++to;
  }
  const std::string_view piece = text.substr(at, to - at);
  if (is_customs_number(piece) || (!told && is_year(piece))) {
    return std::nullopt;
  }
  const std::size_t least = told ? 3 : 4;
  if (digits < least || piece.size() < 4 || piece.size() > 30 || letters > 8 ||
      date_at(piece) == piece.size()) {
    return std::nullopt;
  }
  return whole(text, piece);
}

std::optional<Value> ssn_value(std::string_view text) {
  const auto out = number_value(text, true);
  return out && valid_ssn(text.substr(out->from, out->to - out->from)) ? out : std::nullopt;
}

std::optional<Value> date_value(std::string_view text, bool told) {
  std::size_t at = 0;
  while (at < text.size() && (text[at] == ' ' || text[at] == '(' || text[at] == '*')) {
    ++at;
  }
  std::string_view rest = text.substr(at);
  if (const std::size_t length = date_at(rest); length > 0) {
    return Value{at, at + length};
  }
  // "Tuesday, March 3, 1953"; a year alone
  const std::size_t comma = rest.substr(0, 12).find(", ");
  if (comma != std::string_view::npos) {
    if (const std::size_t length = date_at(rest.substr(comma + 2)); length > 0) {
      return Value{at + comma + 2, at + comma + 2 + length};
    }
  }
  const bool year = told && rest.size() >= 4 &&
                    (rest.starts_with("19") || rest.starts_with("20")) && is_digit(rest[2]) &&
                    is_digit(rest[3]) && (rest.size() == 4 || !is_digit(rest[4]));
  return year ? std::optional(Value{at, at + 4}) : std::nullopt;
}

std::optional<Value> phone_value(std::string_view text) {
  std::size_t digits = 0;
  std::size_t to = 0;
  while (
      to < text.size() && to < 24 &&
      (is_digit(text[to]) || std::string_view(" ()+-.").find(text[to]) != std::string_view::npos)) {
    digits += is_digit(text[to]) ? 1 : 0;
    ++to;
  }
  const std::string_view piece = trimmed(text.substr(0, to));
  return digits >= 7 && digits <= 15 ? whole(text, piece) : std::nullopt;
}

// "12 Elm St", "P.O. Box 9".
bool is_address_start(std::string_view text) {
  text = trimmed(text);
  return !text.empty() && (is_digit(text[0]) || starts_folded(text, "p.o") ||
                           starts_folded(text, "po box") || starts_folded(text, "apt"));
}

std::optional<Value> text_value(std::string_view text) {
  std::string_view piece = trimmed(text.substr(0, kLongestText));
  const auto tells = [](char c) {
    return is_letter(c) || is_digit(c) || static_cast<unsigned char>(c) >= 0x80;
  };
  if (std::count_if(piece.begin(), piece.end(), tells) < 2) {
    return std::nullopt;
  }
  return whole(text, piece);
}

}  // namespace

ValueKind value_kind(std::string_view finding_class) {
  if (finding_class.starts_with("health.") || finding_class.starts_with("payment.") ||
      finding_class.starts_with("sensitive.") || finding_class.starts_with("provider.")) {
    return ValueKind::text;
  }
  if (!finding_class.starts_with("id.")) {
    return ValueKind::none;
  }
  const std::string_view rest = finding_class.substr(3);
  if (rest.starts_with("name")) {
    return ValueKind::name;
  }
  if (rest == "dob" || rest == "date") {
    return ValueKind::date;
  }
  if (rest == "phone" || rest == "fax") {
    return ValueKind::phone;
  }
  if (rest == "email" || rest == "url") {
    return ValueKind::mail;
  }
  if (rest == "ssn") {
    return ValueKind::ssn;
  }
  return rest == "address" ? ValueKind::address : ValueKind::number;
}

bool is_placeholder(std::string_view text) {
  const std::string_view core = stripped(text);
  // "______  Next label: ____"
  const bool blanks = text.starts_with("___") && text.ends_with("__");
  if (core.empty() || is_masked(text) || is_masked(core) ||
      (blanks && core.find(':') != std::string_view::npos)) {
    return true;
  }
  if (core.size() > 40) {
    return false;
  }
  const std::string small = folded(core);
  return std::find(kPlaceholders.begin(), kPlaceholders.end(), small) != kPlaceholders.end() ||
         small.find("redacted") != std::string::npos || small.find("____") != std::string::npos ||
         small.find("xxxx") != std::string::npos || small.find("removed") != std::string::npos ||
         small.find("masked") != std::string::npos;
}

std::optional<Value> value_at(std::string_view text, ValueKind kind, bool told) {
  if (kind == ValueKind::none || is_placeholder(text)) {
    return std::nullopt;
  }
  std::optional<Value> out;
  switch (kind) {
    case ValueKind::name:
      out = told ? name_value(text) : std::nullopt;
      break;
    case ValueKind::date:
      out = date_value(text, told);
      break;
    case ValueKind::number:
      out = number_value(text, told);
      break;
    case ValueKind::ssn:
      out = ssn_value(text);
      break;
    case ValueKind::phone:
      out = phone_value(text);
      break;
    case ValueKind::mail:
      out = text.find('@') != std::string_view::npos || text.find("://") != std::string_view::npos
                ? text_value(text)
                : std::nullopt;
      break;
    case ValueKind::address:
      out = told && is_address_start(text) ? text_value(text) : std::nullopt;
      break;
    case ValueKind::text:
      out = told ? text_value(text) : std::nullopt;
      break;
    case ValueKind::none:
      break;
  }
  if (out && is_placeholder(text.substr(out->from, out->to - out->from))) {
    return std::nullopt;
  }
  return out;
}

}  // namespace phimilter::policy
