// SPDX-License-Identifier: Apache-2.0
#include "extract/contact_reader.h"

#include <algorithm>
#include <array>
#include <string>

#include "base/encoding.h"
#include "extract/charset.h"
#include "extract/embedded_base64.h"
#include "extract/html_text.h"
#include "extract/record_labels.h"
#include "extract/record_values.h"
#include "extract/record_writer.h"
#include "extract/text_lines.h"
#include "extract/transfer_decoding.h"
#include "extract/written_words.h"

namespace phimilter::extract {
namespace {

struct Property {
  std::string name;         // upper case, without its group
  std::string parameters;   // upper case
  std::string value;        // decoded; \n, \, and the like still stand
  std::string common_name;  // of an attendee
};

constexpr std::array<std::string_view, 4> kBegins{"BEGIN:VCARD", "BEGIN:VCALENDAR", "BEGIN:VEVENT",
                                                  "BEGIN:VTODO"};

std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    c = c >= 'a' && c <= 'z' ? static_cast<char>(c & ~0x20) : c;
  }
  return out;
}

// Where the value begins: behind the first colon outside quotes.
std::size_t value_start(std::string_view line) {
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    quoted = line[i] == '"' ? !quoted : quoted;
    if (line[i] == ':' && !quoted) {
      return i;
    }
  }
  return line.npos;
}

std::string parameter(std::string_view parameters, std::string_view name) {
  const std::string shouted = upper(parameters);
  const std::size_t at = shouted.find(';' + std::string(name) + '=');
  if (at == shouted.npos) {
    return "";
  }
  std::string_view value = parameters.substr(at + name.size() + 2);
  if (value.starts_with('"')) {
    value.remove_prefix(1);
    return std::string(value.substr(0, value.find('"')));
  }
  return std::string(value.substr(0, value.find(';')));
}

Property property_of(std::string_view line) {
  Property property;
  const std::size_t colon = value_start(line);
  if (colon == line.npos) {
    return property;
  }
  std::string_view name = line.substr(0, std::min(line.find(';'), colon));
  const std::string_view parameters = line.substr(name.size(), colon - name.size());
  name.remove_prefix(name.rfind('.') == name.npos ? 0 : name.rfind('.') + 1);
  property.name = upper(trimmed(name));
  property.parameters = upper(parameters);
  property.value = line.substr(colon + 1);
  property.common_name = parameter(parameters, "CN");
  if (property.parameters.find("QUOTED-PRINTABLE") != property.parameters.npos) {
    property.value = decode_charset(decode_quoted_printable(property.value),
                                    ascii_lower(parameter(parameters, "CHARSET")))
                         .text;
  }
  return property;
}

// RFC 6350 3.4: \n, \, \; and \\.
std::string unescaped(std::string_view value) {
  std::string out;
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (value[i] != '\\' || i + 1 == value.size()) {
      out.push_back(value[i]);
      continue;
    }
    ++i;
    out.push_back(value[i] == 'n' || value[i] == 'N' ? '\n' : value[i]);
  }
  return out;
}

// The fields of N, ADR and ORG: separated by ";", unless that is escaped.
std::vector<std::string> fields_of(std::string_view value) {
  constexpr std::size_t kMost = 16;
  std::vector<std::string> fields(1);
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (value[i] == ';') {
      if (fields.size() == kMost) {
        break;
      }
      fields.emplace_back();
    } else {
      const bool escape = value[i] == '\\' && i + 1 < value.size();
      i += escape ? 1 : 0;
      fields.back().push_back(value[i] == ',' && !escape ? ' ' : value[i]);
    }
  }
  fields.resize(kMost);
  return fields;
}

struct PlainField {
  std::string_view name;
  std::string_view label;
};

constexpr std::array kPlain{
    PlainField{"FN", label::kContactName},     PlainField{"NICKNAME", label::kContactName},
    PlainField{"EMAIL", label::kEmail},        PlainField{"LOCATION", label::kLocation},
    PlainField{"SUMMARY", label::kSummary},    PlainField{"RELATED", label::kContactName},
    PlainField{"CONTACT", label::kContactName}};

bool is_skipped(std::string_view name) {
  constexpr std::array<std::string_view, 22> kSkipped{
      "PHOTO", "LOGO",     "SOUND",   "KEY",     "BEGIN",    "END",          "VERSION",  "PRODID",
      "UID",   "REV",      "DTSTAMP", "CREATED", "SEQUENCE", "METHOD",       "CALSCALE", "TZID",
      "RRULE", "PRIORITY", "CLASS",   "TRANSP",  "STATUS",   "LAST-MODIFIED"};
  return std::find(kSkipped.begin(), kSkipped.end(), name) != kSkipped.end();
}

class ContactReader {
 public:
  explicit ContactReader(ReadingSink& sink) : records_(sink) {}

  void read(std::string_view text) {
    while (!text.empty() && !records_.full()) {
      std::string line = take_line(text);
      // vCard 2.1: a quoted-printable value goes on behind "=" at the end of a line.
      const std::string head = upper(std::string_view(line).substr(0, value_start(line)));
      while (line.ends_with('=') && !text.empty() && head.find("QUOTED-PRINTABLE") != head.npos) {
        line.pop_back();
        line += take_line(text);
      }
      take(property_of(line));
    }
  }

 private:
  static std::string take_line(std::string_view& text) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string line(trimmed(text.substr(0, end)));
    text.remove_prefix(std::min(end + 1, text.size()));
    return line;
  }

  void take(const Property& property) {
    const std::string& name = property.name;
    if (name == "BEGIN" && (property.value == "VEVENT" || property.value == "VCARD")) {
      in_card_ = true;
      has_full_name_ = false;
      return records_.end_record();
    }
    in_card_ = in_card_ || name == "BEGIN";
    if (!in_card_ || name.empty() || is_skipped(name)) {
      return;
    }
    const auto* const plain = std::find_if(
        kPlain.begin(), kPlain.end(), [&](const PlainField& known) { return known.name == name; });
    if (plain != kPlain.end()) {
      has_full_name_ = has_full_name_ || name == "FN";
      return records_.field(plain->label, unescaped(property.value));
    }
    take_typed(property);
  }

  void take_typed(const Property& property) {
    const std::string& name = property.name;
    const std::string& value = property.value;
    if (name == "N" && !has_full_name_) {
      const auto fields = fields_of(value);
      records_.field(label::kContactName, written_name(fields[0], fields[1], fields[2], fields[4]));
    } else if (name == "ORG") {
      records_.field(label::kOrganisation, joined({fields_of(value)[0], fields_of(value)[1]}, " "));
    } else if (name == "TEL") {
      records_.field(label::kPhone, written_phone(without_scheme(value)));
    } else if (name == "ADR") {
      const auto fields = fields_of(value);
      records_.field(label::kAddress,
                     written_address(joined({fields[0], fields[2]}, ", "), fields[1], fields[3],
                                     fields[4], fields[5], fields[6]));
    } else if (name == "BDAY" || name == "DEATHDATE") {
      records_.field(name == "BDAY" ? label::kBirthday : label::kDeathDate, written_date(value));
    } else if (name == "DTSTART") {
      records_.field(label::kStartTime, written_start(value));
    } else if (name == "ATTENDEE" || name == "ORGANIZER") {
      records_.field(label::kContactName, property.common_name);
      records_.field(label::kEmail, without_scheme(value));
    } else if (name == "DESCRIPTION" || name == "NOTE" || name == "COMMENT") {
      write_lines(unescaped(value));
    } else if (name == "X-ALT-DESC") {
      write_lines(html_text(unescaped(value)));
    } else if (name == "ATTACH") {
      write_file(value);
    } else if (name.starts_with("X-")) {
      records_.field(words_of_key(std::string_view(name).substr(2)), unescaped(value));
    }
  }

  static std::string_view without_scheme(std::string_view value) {
    const std::string lower = ascii_lower(value.substr(0, 7));
    const std::size_t scheme = lower.starts_with("mailto:") ? 7 : lower.starts_with("tel:") ? 4 : 0;
    return value.substr(scheme);
  }

  // "20240105T093000Z"
  static std::string written_start(std::string_view value) {
    std::string compact(value.substr(0, 16));
    compact.erase(std::remove(compact.begin(), compact.end(), 'T'), compact.end());
    return written_date_time(compact);
  }

  // Text of several lines stays so: it is often a form of its own.
  void write_lines(std::string_view text) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    records_.field(label::kDescription, text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!trimmed(text).empty()) {
      records_.sink().text(std::string(trimmed(text)) + '\n');
    }
  }

  void write_file(std::string_view value) {
    const auto file = decoded_file(value);
    if (file) {
      records_.sink().member("attachment", *file);
    }
  }

  RecordWriter records_;
  bool in_card_ = false;
  bool has_full_name_ = false;
};

}  // namespace

bool is_contact_or_event(const Document& document) {
  for (const std::string_view begin : kBegins) {
    const std::size_t at = document.bytes.find(begin);
    if (at != document.bytes.npos && (at == 0 || document.bytes[at - 1] == '\n')) {
      return true;
    }
  }
  return false;
}

void read_contact_or_event(const Document& document, ReadingSink& sink) {
  ContactReader(sink).read(unfolded_content_lines(document.bytes));
}

}  // namespace phimilter::extract
