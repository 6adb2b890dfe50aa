// SPDX-License-Identifier: Apache-2.0
#include "extract/mime_header.h"

#include <algorithm>
#include <iterator>

#include "base/encoding.h"

namespace phimilter::extract {
namespace {

bool is_field_name(std::string_view name) {
  return !name.empty() &&
         std::all_of(name.begin(), name.end(), [](char c) { return c > ' ' && c < 0x7F; });
}

bool is_fold(std::string_view line) {
  return line[0] == ' ' || line[0] == '\t';
}

// The line that mailboxes put before a message.
bool is_postmark(std::string_view line) {
  return line.starts_with("From ") || line.starts_with(">From ");
}

std::optional<RawField> field_of(std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) {
    return std::nullopt;
  }
  const std::string_view spelled = line.substr(0, colon);
  const std::string_view name = trim(spelled);
  if (!is_field_name(name)) {
    return std::nullopt;
  }
  return RawField{name, line.substr(colon + 1), name.size() != spelled.size()};
}

}  // namespace

std::string_view take_line(std::string_view& text) {
  const std::size_t newline = text.find('\n');
  const std::size_t end = newline == std::string_view::npos ? text.size() : newline + 1;
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end);
  return line;
}

std::string_view without_line_end(std::string_view line) {
  if (line.ends_with('\n')) {
    line.remove_suffix(1);
  }
  if (line.ends_with('\r')) {
    line.remove_suffix(1);
  }
  return line;
}

RawHeader raw_header(std::string_view entity) {
  RawHeader header;
  std::string_view rest = entity;
  bool in_field = false;
  while (!rest.empty()) {
    const std::size_t start = entity.size() - rest.size();
    const std::string_view line = take_line(rest);
    const std::string_view content = without_line_end(line);
    if (content.empty()) {
      break;
    }
    const bool blank = trim(content).empty();
    if (is_fold(line) && in_field && !blank) {
      RawField& field = header.fields.back();
      field.value = {field.value.data(),
                     static_cast<std::size_t>(line.data() + line.size() - field.value.data())};
      continue;
    }
    const auto field = is_fold(line) ? std::nullopt : field_of(line);
    if (field) {
      header.fields.push_back(*field);
    } else if (!header.stray && !(start == 0 && is_postmark(line))) {
      header.stray = start;
    }
    in_field = field.has_value();
  }
  header.body = entity.size() - rest.size();
  return header;
}

std::vector<RawField> fields_named(const RawHeader& header, std::string_view name) {
  std::vector<RawField> found;
  std::copy_if(header.fields.begin(), header.fields.end(), std::back_inserter(found),
               [name](const RawField& field) { return ascii_iequal(field.name, name); });
  return found;
}

std::string first_token(std::string_view raw_value) {
  std::string token;
  int comment = 0;
  for (const char c : raw_value.substr(0, raw_value.find(';'))) {
    comment += c == '(' ? 1 : 0;
    if (comment == 0 && c != '\r' && c != '\n' && c != '\0') {
      token.push_back(c);
    }
    comment -= c == ')' && comment > 0 ? 1 : 0;
  }
  return ascii_lower(trim(token));
}

}  // namespace phimilter::extract
