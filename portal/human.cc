// SPDX-License-Identifier: Apache-2.0
#include "portal/human.h"

#include <algorithm>
#include <chrono>

#include "base/encoding.h"
#include "base/time_zone.h"

namespace phimilter::portal {

std::string human_size(std::size_t bytes) {
  if (bytes < 1000) {
    return std::to_string(bytes) + " B";
  }
  if (bytes < 1'000'000) {
    return std::to_string((bytes + 500) / 1000) + " KB";
  }
  const std::size_t tenths = (bytes + 50'000) / 100'000;
  const std::string part = tenths % 10 == 0 ? "" : "." + std::to_string(tenths % 10);
  return std::to_string(tenths / 10) + part + " MB";
}

namespace {

struct KnownType {
  std::string_view begins, sentence;
};

// The first that fits counts.
constexpr KnownType kTypes[] = {
    {"application/pdf", "type_pdf"},
    {"application/x-pdf", "type_pdf"},
    {"image/", "type_picture"},
    {"audio/", "type_sound"},
    {"video/", "type_video"},
    {"message/", "type_mail"},
    {"text/calendar", "type_appointment"},
    {"text/html", "type_web"},
    {"text/csv", "type_table"},
    {"text/rtf", "type_document"},
    {"text/", "type_text"},
    {"application/rtf", "type_document"},
    {"application/msword", "type_document"},
    {"application/vnd.openxmlformats-officedocument.wordprocessingml", "type_document"},
    {"application/vnd.oasis.opendocument.text", "type_document"},
    {"application/vnd.ms-excel", "type_table"},
    {"application/vnd.openxmlformats-officedocument.spreadsheetml", "type_table"},
    {"application/vnd.oasis.opendocument.spreadsheet", "type_table"},
    {"application/vnd.ms-powerpoint", "type_slides"},
    {"application/vnd.openxmlformats-officedocument.presentationml", "type_slides"},
    {"application/vnd.oasis.opendocument.presentation", "type_slides"},
    {"application/zip", "type_archive"},
    {"application/x-zip", "type_archive"},
    {"application/x-7z", "type_archive"},
    {"application/gzip", "type_archive"},
};

std::string two_digits(int number) {
  return (number < 10 ? "0" : "") + std::to_string(number);
}

std::string in_words(const Texts& texts, std::string_view form, const SentDate& date) {
  const std::string months = texts.get("months");
  const auto names = split(months, ',');
  require(date.month >= 1 && names.size() == 12 && date.month <= 12, "a month has no name");
  return texts.get(form,
                   {{"month", std::string(trim(names[static_cast<std::size_t>(date.month - 1)]))},
                    {"day", std::to_string(date.day)},
                    {"year", std::to_string(date.year)},
                    {"time", human_time(date)}});
}

SentDate on_day(const std::chrono::year_month_day& day, int hour, int minute, int offset_minutes) {
  return {static_cast<int>(day.year()),
          static_cast<int>(static_cast<unsigned>(day.month())),
          static_cast<int>(static_cast<unsigned>(day.day())),
          hour,
          minute,
          offset_minutes};
}

}  // namespace

std::string human_type(const Texts& texts, std::string_view type) {
  const std::string lower = ascii_lower(type);
  const auto known = std::ranges::find_if(
      kTypes, [&lower](const KnownType& each) { return lower.starts_with(each.begins); });
  return texts.get(known == std::end(kTypes) ? "type_other" : known->sentence);
}

std::string human_time(const SentDate& date) {
  return two_digits(date.hour) + ":" + two_digits(date.minute);
}

std::string human_date(const Texts& texts, const SentDate& date) {
  return in_words(texts, "date_form", date);
}

std::string human_day(const Texts& texts, const SentDate& date) {
  return in_words(texts, "day_form", date);
}

SentDate moved(const SentDate& date, int minutes) {
  using namespace std::chrono;
  const auto at = sys_days{year{date.year} / date.month / date.day} + hours(date.hour) +
                  std::chrono::minutes(date.minute + minutes);
  const auto day = floor<days>(at);
  const hh_mm_ss time(at - day);
  return on_day(year_month_day{day}, static_cast<int>(time.hours().count()),
                static_cast<int>(time.minutes().count()), date.offset_minutes);
}

std::string day_in_words(const Texts& texts, Timestamp at) {
  return human_day(texts, on_day(local_time(at).day, 0, 0, 0));
}

std::string moment_in_words(const Texts& texts, Timestamp at) {
  const LocalTime local = local_time(at);
  const SentDate date = on_day(local.day, local.hour, local.minute, 0);
  return texts.get(
      "moment_form",
      {{"day", human_day(texts, date)}, {"time", human_time(date)}, {"zone", local.zone}});
}

Timestamp moment_of(const SentDate& date) {
  using namespace std::chrono;
  return sys_days{year{date.year} / date.month / date.day} + hours(date.hour) +
         minutes(date.minute - date.offset_minutes);
}

}  // namespace phimilter::portal
