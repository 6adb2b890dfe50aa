// SPDX-License-Identifier: Apache-2.0
#include "policy/marks.h"

#include <algorithm>

#include "base/encoding.h"
#include "mail/mime_writer.h"

namespace phimilter::policy {
namespace {

constexpr std::string_view kSubject = "subject:";

bool is_word(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         static_cast<unsigned char>(c) >= 0x80;
}

bool stands_as_word(std::string_view text, std::size_t at, std::size_t length) {
  const bool before = at > 0 && is_word(text[at - 1]) && is_word(text[at]);
  const std::size_t end = at + length;
  const bool after = end < text.size() && is_word(text[end]) && is_word(text[end - 1]);
  return !before && !after;
}

bool says_yes(const Mark& mark, const mail::HeaderField& field) {
  const std::string value = ascii_lower(trim(mail::unfolded(field.value)));
  return mark.value.empty() ? value != "no" : value == mark.value;
}

bool in_fields(const Mark& mark, const std::vector<mail::HeaderField>& fields) {
  return std::any_of(fields.begin(), fields.end(), [&](const mail::HeaderField& field) {
    return ascii_iequal(field.name, mark.header) && says_yes(mark, field);
  });
}

// Without the mark, and without the blank that it leaves behind.
bool take_out(std::string& text, const std::string& words) {
  const std::size_t at = find_mark(text, words);
  if (at == std::string::npos) {
    return false;
  }
  std::size_t from = at;
  std::size_t end = at + words.size();
  const auto blank = [&](std::size_t place) {
    return place < text.size() && (text[place] == ' ' || text[place] == '\t');
  };
  if (blank(end)) {
    ++end;
  } else if (from > 1 && blank(from - 1) && end == text.size()) {
    --from;
  }
  text.erase(from, end - from);
  return true;
}

// The raw value where the mark stands there as it is; else made again from what was decoded.
std::string clean_subject(const Mark& mark, const std::string& raw, std::string_view decoded) {
  std::string value = raw;
  if (value.find("=?") == std::string::npos && take_out(value, mark.subject)) {
    while (take_out(value, mark.subject)) {
    }
    return value;
  }
  std::string text(decoded);
  bool found = false;
  while (take_out(text, mark.subject)) {
    found = true;
  }
  return found ? mail::text_field("Subject", trim(text)).value : raw;
}

bool is_kept(const std::vector<Mark>& marks, const mail::HeaderField& field) {
  return std::none_of(marks.begin(), marks.end(), [&](const Mark& mark) {
    return !mark.keep && !mark.header.empty() && ascii_iequal(field.name, mark.header);
  });
}

}  // namespace

std::size_t find_mark(std::string_view text, std::string_view words) {
  const std::string lower = ascii_lower(text);
  const std::string wanted = ascii_lower(words);
  for (std::size_t at = lower.find(wanted); at != std::string::npos && !wanted.empty();
       at = lower.find(wanted, at + 1)) {
    if (stands_as_word(lower, at, wanted.size())) {
      return at;
    }
  }
  return std::string::npos;
}

std::string_view subject_of(const extract::MessageText& text) {
  for (const extract::PartText& part : text.parts) {
    if (part.kind != extract::PartKind::header || part.path != "headers") {
      continue;
    }
    for (const std::string_view line : split(part.text, '\n')) {
      if (ascii_iequal(line.substr(0, kSubject.size()), kSubject)) {
        return trim(line.substr(kSubject.size()));
      }
    }
  }
  return {};
}

std::vector<const Mark*> marks_of(const std::vector<Mark>& marks, const extract::MessageText& text,
                                  const MessageContext& context) {
  std::vector<const Mark*> out;
  if (marks.empty()) {
    return out;
  }
  const std::string_view subject = subject_of(text);
  for (const Mark& mark : marks) {
    const bool borne = mark.header.empty() ? find_mark(subject, mark.subject) != std::string::npos
                                           : in_fields(mark, context.mark_fields);
    if (borne) {
      out.push_back(&mark);
    }
  }
  return out;
}

bool may_opt_out(const Mark& mark, const std::vector<Role>& roles, const std::string& login) {
  const auto holds = [&](const std::vector<std::string>& logins) {
    return std::find(logins.begin(), logins.end(), login) != logins.end();
  };
  if (login.empty()) {
    return false;
  }
  return holds(mark.logins) || std::any_of(roles.begin(), roles.end(), [&](const Role& role) {
           const auto& named = mark.roles;
           return std::find(named.begin(), named.end(), role.id) != named.end() &&
                  holds(role.logins);
         });
}

std::vector<std::string> mark_headers(const std::vector<Mark>& marks) {
  std::vector<std::string> out;
  for (const Mark& mark : marks) {
    if (!mark.header.empty()) {
      out.push_back(mark.header);
    }
  }
  return out;
}

mail::HeaderList without_marks(const std::vector<Mark>& marks, const mail::HeaderList& headers,
                               const extract::MessageText& text) {
  mail::HeaderList out;
  for (const mail::HeaderField& field : headers.fields()) {
    if (!is_kept(marks, field)) {
      continue;
    }
    std::string value = field.value;
    for (const Mark& mark : marks) {
      if (!mark.keep && !mark.subject.empty() && ascii_iequal(field.name, "Subject")) {
        value = clean_subject(mark, value, value == field.value ? subject_of(text) : value);
      }
    }
    out.append(field.name, std::move(value));
  }
  return out;
}

}  // namespace phimilter::policy
