// SPDX-License-Identifier: Apache-2.0
#include "extract/record_values.h"

#include <algorithm>

namespace phimilter::extract {
namespace {

constexpr std::string_view kDigits = "0123456789";

std::size_t leading_digits(std::string_view text) {
  return std::min(text.find_first_not_of(kDigits), text.size());
}

std::string grouped(std::string_view digits, std::initializer_list<std::size_t> groups,
                    char separator) {
  std::string out;
  for (const std::size_t group : groups) {
    if (!out.empty()) {
      out.push_back(separator);
    }
    out.append(digits.substr(0, group));
    digits.remove_prefix(std::min(group, digits.size()));
  }
  return out;
}

// A year of people who live, a month, a day: not every row of digits is a date.
bool is_date(std::string_view digits) {
  const std::string_view century = digits.substr(0, 2);
  const std::string_view month = digits.substr(4, 2);
  const std::string_view day = digits.substr(6, 2);
  return (century == "18" || century == "19" || century == "20") && month >= "01" &&
         month <= "12" && (day.empty() || (day >= "01" && day <= "31"));
}

}  // namespace

std::string_view trimmed(std::string_view text) {
  const auto is_blank = [](char c) { return static_cast<unsigned char>(c) <= ' '; };
  while (!text.empty() && is_blank(text.front())) {
    text.remove_prefix(1);
  }
  while (!text.empty() && is_blank(text.back())) {
    text.remove_suffix(1);
  }
  return text;
}

bool all_digits(std::string_view text) {
  return !text.empty() && leading_digits(text) == text.size();
}

std::vector<std::string_view> pieces(std::string_view text, char separator, std::size_t most) {
  std::vector<std::string_view> out;
  while (out.size() < most) {
    const std::size_t end = text.find(separator);
    out.push_back(text.substr(0, end));
    if (end == std::string_view::npos) {
      break;
    }
    text.remove_prefix(end + 1);
  }
  return out;
}

std::string joined(std::initializer_list<std::string_view> parts, std::string_view separator) {
  std::string out;
  for (const std::string_view part : parts) {
    const std::string_view content = trimmed(part);
    if (content.empty()) {
      continue;
    }
    out.append(out.empty() ? "" : separator).append(content);
  }
  return out;
}

std::string written_date(std::string_view compact) {
  const std::string_view value = trimmed(compact);
  const std::size_t digits = leading_digits(value);
  if (digits >= 8 && digits <= 14 && is_date(value.substr(0, 8))) {
    return grouped(value, {4, 2, 2}, '-');
  }
  if (digits == 6 && value.size() == 6 && is_date(value)) {
    return grouped(value, {4, 2}, '-');
  }
  return std::string(value);
}

std::string written_date_time(std::string_view compact) {
  const std::string_view value = trimmed(compact);
  std::string out = written_date(value);
  if (out.size() == 10 && value.size() >= 12 && leading_digits(value) >= 12) {
    out.append(" ").append(grouped(value.substr(8, 4), {2, 2}, ':'));
  }
  return out;
}

std::string written_phone(std::string_view phone) {
  std::string_view value = trimmed(phone);
  if (value.size() == 11 && value.front() == '1' && all_digits(value)) {
    value.remove_prefix(1);
  }
  return value.size() == 10 && all_digits(value) ? grouped(value, {3, 3, 4}, '-')
                                                 : std::string(trimmed(phone));
}

std::string written_social_security_number(std::string_view number) {
  const std::string_view value = trimmed(number);
  return value.size() == 9 && all_digits(value) ? grouped(value, {3, 2, 4}, '-')
                                                : std::string(value);
}

std::string written_name(std::string_view family, std::string_view given, std::string_view middle,
                         std::string_view suffix) {
  return joined({family, joined({given, middle, suffix}, " ")}, ", ");
}

std::string written_address(std::string_view street, std::string_view second, std::string_view city,
                            std::string_view state, std::string_view postal_code,
                            std::string_view country) {
  return joined({street, second, city, joined({state, postal_code}, " "), country}, ", ");
}

}  // namespace phimilter::extract
