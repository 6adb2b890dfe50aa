// SPDX-License-Identifier: Apache-2.0
#include "portal/human.h"

#include "base/encoding.h"

namespace phimilter::portal {

std::string human_size(std::size_t bytes) {
  if (bytes < 1000) {
    return std::to_string(bytes) + " B";
  }
  if (bytes < 1'000'000) {
    return std::to_string((bytes + 500) / 1000) + " KB";
  }
  const std::size_t tenths = (bytes + 50'000) / 100'000;
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " MB";
}

std::string human_date(const Texts& texts, const SentDate& date) {
  const std::string months = texts.get("months");
  const auto names = split(months, ',');
  require(date.month >= 1 && names.size() == 12 && date.month <= 12, "a month has no name");
  const auto two_digits = [](int number) {
    return (number < 10 ? "0" : "") + std::to_string(number);
  };
  return texts.get("date_form",
                   {{"month", std::string(trim(names[static_cast<std::size_t>(date.month - 1)]))},
                    {"day", std::to_string(date.day)},
                    {"year", std::to_string(date.year)},
                    {"time", two_digits(date.hour) + ":" + two_digits(date.minute)}});
}

}  // namespace phimilter::portal
