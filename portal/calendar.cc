// SPDX-License-Identifier: Apache-2.0
#include "portal/calendar.h"

#include <cstdlib>

#include "base/encoding.h"
#include "base/time_zone.h"
#include "portal/zones.h"

namespace phimilter::portal {
namespace {

constexpr std::size_t kText = 500;  // of a summary or a place; past it: cut

struct Line {
  std::string name, value, zone;
};

// RFC 5545 3.1: a line that begins with a blank continues the one before.
std::vector<std::string> unfolded(std::string_view text) {
  std::vector<std::string> lines;
  for (std::string_view line : split(text, '\n')) {
    if (line.ends_with('\r')) {
      line.remove_suffix(1);
    }
    const bool folded = !line.empty() && (line.front() == ' ' || line.front() == '\t');
    if (folded && !lines.empty()) {
      lines.back().append(line.substr(1));
    } else {
      lines.emplace_back(line);
    }
  }
  return lines;
}

// "DTSTART;TZID="America/New_York":20261121T120000": a colon may stand in quotes.
std::optional<Line> parse_line(std::string_view text) {
  bool quoted = false;
  std::size_t colon = 0;
  while (colon < text.size() && (quoted || text[colon] != ':')) {
    quoted = quoted != (text[colon] == '"');
    ++colon;
  }
  if (colon >= text.size()) {
    return std::nullopt;
  }
  Line line;
  line.value = text.substr(colon + 1);
  const auto words = split(text.substr(0, colon), ';');
  line.name = ascii_lower(words.front());
  for (const std::string_view word : words) {
    constexpr std::string_view kZone = "tzid=";
    if (ascii_lower(word.substr(0, kZone.size())) == kZone) {
      line.zone = word.substr(kZone.size());
      std::erase(line.zone, '"');
    }
  }
  return line;
}

// RFC 5545 3.3.11
std::string plain_text(std::string_view value) {
  std::string out;
  for (std::size_t i = 0; i < value.size() && out.size() < kText; ++i) {
    if (value[i] != '\\' || i + 1 == value.size()) {
      out += value[i];
      continue;
    }
    ++i;
    out += value[i] == 'n' || value[i] == 'N' ? ' ' : value[i];
  }
  while (!out.empty() && (static_cast<unsigned char>(out.back()) & 0xC0U) == 0x80U &&
         out.size() >= kText) {
    out.pop_back();
  }
  return out;
}

std::optional<int> digits(std::string_view text, std::size_t at, std::size_t many) {
  int number = 0;
  if (at + many > text.size()) {
    return std::nullopt;
  }
  for (const char c : text.substr(at, many)) {
    if (c < '0' || c > '9') {
      return std::nullopt;
    }
    number = number * 10 + (c - '0');
  }
  return number;
}

// "20261121", "20261121T120000" or "20261121T120000Z"
std::optional<CalendarTime> parse_time(const Line& line) {
  const std::string_view text = line.value;
  const auto year = digits(text, 0, 4), month = digits(text, 4, 2), day = digits(text, 6, 2);
  if (!year || !month || !day || *month < 1 || *month > 12 || *day < 1 || *day > 31) {
    return std::nullopt;
  }
  CalendarTime time;
  time.date = {*year, *month, *day};
  time.all_day = text.size() == 8;
  if (time.all_day) {
    return time;
  }
  const auto hour = digits(text, 9, 2), minute = digits(text, 11, 2), second = digits(text, 13, 2);
  if (text[8] != 'T' || !hour || !minute || !second || *hour > 23 || *minute > 59) {
    return std::nullopt;
  }
  time.date.hour = *hour;
  time.date.minute = *minute;
  time.utc = text.size() == 16 && text[15] == 'Z';
  time.zone = time.utc ? std::string() : line.zone.substr(0, 64);
  return time;
}

void take(CalendarEvent& event, const Line& line) {
  if (line.name == "summary") {
    event.summary = plain_text(line.value);
  } else if (line.name == "location") {
    event.location = plain_text(line.value);
  } else if (line.name == "dtstart") {
    event.start = parse_time(line);
  } else if (line.name == "dtend") {
    event.end = parse_time(line);
  } else if (line.name == "status") {
    event.cancelled = ascii_iequal(line.value, "cancelled");
  }
}

// The zone of a whole file: X-WR-TIMEZONE, as calendar servers write it, or the only VTIMEZONE.
class CalendarZone {
 public:
  void take(const Line& line, bool in_event) {
    if (line.name == "x-wr-timezone") {
      declared_ = line.value;
    } else if (line.name == "tzid" && !in_event) {
      ambiguous_ = ambiguous_ || (!only_.empty() && only_ != line.value);
      only_ = line.value;
    }
  }
  std::string name() const { return !declared_.empty() ? declared_ : ambiguous_ ? "" : only_; }

 private:
  std::string declared_, only_;
  bool ambiguous_ = false;
};

struct ShownTime {
  SentDate date;
  std::string zone;
};

ShownTime shown(const CalendarEvent& event, const CalendarTime& time,
                const std::optional<SentDate>& sent) {
  if (!time.utc) {
    return {time.date, time.zone};
  }
  if (const auto offset = zone_offset(event.calendar_zone, time.date)) {
    return {moved(time.date, *offset), event.calendar_zone};
  }
  if (sent && sent->offset_minutes != 0) {
    return {moved(time.date, sent->offset_minutes), offset_name(sent->offset_minutes)};
  }
  return {time.date, "UTC"};
}

bool same_day(const SentDate& a, const SentDate& b) {
  return a.year == b.year && a.month == b.month && a.day == b.day;
}

}  // namespace

std::vector<CalendarEvent> calendar_events(std::string_view calendar) {
  std::vector<CalendarEvent> events;
  std::size_t inside = 0;  // what stands in an event (alarms) has times of its own
  bool cancelled = false;
  CalendarZone zone;
  std::optional<CalendarEvent> event;
  for (const std::string& text : unfolded(calendar.substr(0, kCalendarBytes))) {
    const auto line = parse_line(text);
    if (!line || events.size() == kCalendarEvents) {
      continue;
    }
    zone.take(*line, event.has_value());
    const bool begins = line->name == "begin", ends = line->name == "end";
    if (begins && ascii_iequal(line->value, "vevent")) {
      event.emplace();
      inside = 0;
    } else if (ends && event && ascii_iequal(line->value, "vevent")) {
      event->cancelled = event->cancelled || cancelled;
      events.push_back(std::move(*event));
      event.reset();
    } else if (begins) {
      ++inside;
    } else if (ends) {
      inside -= inside > 0 ? 1 : 0;
    } else if (line->name == "method") {
      cancelled = ascii_iequal(line->value, "cancel");
    } else if (event && inside == 0) {
      take(*event, *line);
    }
  }
  for (CalendarEvent& each : events) {
    each.calendar_zone = zone.name();
  }
  return events;
}

std::string human_when(const Texts& texts, const CalendarEvent& event,
                       const std::optional<SentDate>& sent) {
  if (!event.start) {
    return {};
  }
  const ShownTime start = shown(event, *event.start, sent);
  if (event.start->all_day) {
    return human_day(texts, start.date);
  }
  const std::string zone = start.zone.empty() ? "" : " (" + start.zone + ")";
  if (!event.end || event.end->all_day) {
    return human_date(texts, start.date) + zone;
  }
  const ShownTime end = shown(event, *event.end, sent);
  const bool same_zone = start.zone == end.zone;
  return human_date(texts, start.date) + (same_zone ? "" : zone) + " \u2013 " +
         (same_day(start.date, end.date) ? human_time(end.date) : human_date(texts, end.date)) +
         (same_zone          ? zone
          : end.zone.empty() ? ""
                             : " (" + end.zone + ")");
}

}  // namespace phimilter::portal
