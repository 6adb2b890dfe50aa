// SPDX-License-Identifier: Apache-2.0
#include "mail/message.h"

#include <algorithm>

#include "base/encoding.h"

namespace phimilter::mail {
namespace {

bool is_field_name(std::string_view name) {  // RFC 5322 2.2: printable ASCII without the colon
  return !name.empty() && std::all_of(name.begin(), name.end(),
                                      [](char c) { return c > ' ' && c < 0x7f && c != ':'; });
}

std::string with_crlf(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size() + bytes.size() / 32);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (bytes[i] == '\n' && (i == 0 || bytes[i - 1] != '\r')) {
      out += '\r';
    }
    out += bytes[i];
  }
  return out;
}

// The end of the field that starts at `start`: behind the CRLF that no blank follows.
std::size_t end_of_field(std::string_view text, std::size_t start) {
  std::size_t at = start;
  for (;;) {
    const auto line_end = text.find("\r\n", at);
    if (line_end == std::string_view::npos) {
      return text.size();
    }
    at = line_end + 2;
    if (at >= text.size() || (text[at] != ' ' && text[at] != '\t')) {
      return at;
    }
  }
}

}  // namespace

std::string unfolded(std::string_view value) {
  std::string out;
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (value[i] != '\r' && value[i] != '\n') {
      out += value[i];
    }
  }
  return std::string(trim(out));
}

void HeaderList::append(std::string name, std::string value) {
  fields_.push_back(HeaderField{std::move(name), std::move(value)});
}

void HeaderList::insert(std::size_t position, std::string name, std::string value) {
  const auto at = std::min(position, fields_.size());
  fields_.insert(fields_.begin() + static_cast<std::ptrdiff_t>(at),
                 HeaderField{std::move(name), std::move(value)});
}

void HeaderList::remove(std::string_view name) {
  std::erase_if(fields_,
                [name](const HeaderField& field) { return ascii_iequal(field.name, name); });
}

const HeaderField* HeaderList::first(std::string_view name) const {
  for (const HeaderField& field : fields_) {
    if (ascii_iequal(field.name, name)) {
      return &field;
    }
  }
  return nullptr;
}

std::vector<const HeaderField*> HeaderList::all(std::string_view name) const {
  std::vector<const HeaderField*> out;
  for (const HeaderField& field : fields_) {
    if (ascii_iequal(field.name, name)) {
      out.push_back(&field);
    }
  }
  return out;
}

std::size_t HeaderList::count(std::string_view name) const {
  return all(name).size();
}

std::string HeaderList::text() const {
  std::string out;
  for (const HeaderField& field : fields_) {
    out += field.name;
    out += ':';
    out += field.value;
    out += "\r\n";
  }
  return out;
}

Result<CapturedMessage> parse_message(std::string_view bytes, const std::string& spool_folder) {
  const std::string text = with_crlf(bytes);
  CapturedMessage message(spool_folder);
  message.queue_id = "-";
  std::size_t at = 0;
  while (at < text.size() && !std::string_view(text).substr(at).starts_with("\r\n")) {
    const std::size_t end = end_of_field(text, at);
    std::string_view field = std::string_view(text).substr(at, end - at);
    if (field.ends_with("\r\n")) {
      field.remove_suffix(2);
    }
    const auto colon = field.find(':');
    const std::string_view name =
        trim(field.substr(0, colon == std::string_view::npos ? 0 : colon));
    if (!is_field_name(name)) {
      break;  // what is no field begins the body, as MTAs read it
    }
    message.headers.append(std::string(name), std::string(field.substr(colon + 1)));
    at = end;
  }
  if (message.headers.empty()) {
    return fail(permanent_fault("mail.no_header",
                                "this is no message: it does not begin with a header field"));
  }
  if (std::string_view(text).substr(at).starts_with("\r\n")) {
    at += 2;
  }
  if (auto wrote = message.body.write(std::string_view(text).substr(at)); !wrote) {
    return fail(wrote);
  }
  return message;
}

}  // namespace phimilter::mail
