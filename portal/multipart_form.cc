// SPDX-License-Identifier: Apache-2.0
#include "portal/multipart_form.h"

#include "base/encoding.h"

namespace phimilter::portal {
namespace {

constexpr std::size_t kPartHeader = 4096;

// The value of name="value" behind a ';'. Browsers write CR, LF and '"' as %0D, %0A and %22.
std::optional<std::string> parameter_of(std::string_view header, std::string_view name) {
  bool quoted = false;
  for (std::size_t i = 0; i < header.size(); ++i) {
    quoted = quoted != (header[i] == '"');
    if (quoted || header[i] != ';') {
      continue;
    }
    const std::string_view rest = trim(header.substr(i + 1));
    if (!ascii_iequal(rest.substr(0, name.size()), name) || rest.substr(name.size(), 2) != "=\"") {
      continue;
    }
    const std::string_view value = rest.substr(name.size() + 2);
    const std::size_t end = value.find('"');
    return end == std::string_view::npos ? std::nullopt
                                         : std::optional(std::string(value.substr(0, end)));
  }
  return std::nullopt;
}

struct PartHeader {
  std::string name, type;
  std::optional<std::string> file_name;
};

std::optional<PartHeader> parse_header(std::string_view text) {
  PartHeader header;
  bool disposed = false;
  while (!text.empty()) {
    const std::size_t end = text.find("\r\n");
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 2);
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) {
      return std::nullopt;
    }
    const std::string_view value = trim(line.substr(colon + 1));
    if (ascii_iequal(line.substr(0, colon), "content-type")) {
      header.type = ascii_lower(trim(value.substr(0, value.find(';'))));
    } else if (ascii_iequal(line.substr(0, colon), "content-disposition")) {
      auto name = parameter_of(value, "name");
      disposed = name && ascii_lower(value.substr(0, 9)) == "form-data";
      header.name = std::move(name).value_or(std::string());
      header.file_name = parameter_of(value, "filename");
    }
  }
  return disposed ? std::optional(std::move(header)) : std::nullopt;
}

bool take_part(std::string_view part, MultipartForm& form) {
  const std::size_t blank = part.substr(0, kPartHeader).find("\r\n\r\n");
  if (blank == std::string_view::npos) {
    return false;
  }
  auto header = parse_header(part.substr(0, blank));
  const std::string_view bytes = part.substr(blank + 4);
  if (!header) {
    return false;
  }
  if (header->file_name) {
    if (!header->file_name->empty() || !bytes.empty()) {
      form.files.push_back(
          {std::move(header->name), std::move(*header->file_name), std::move(header->type), bytes});
    }
    return true;
  }
  return bytes.size() <= kFormFieldBytes && bytes.find('\0') == std::string_view::npos &&
         form.fields.emplace(std::move(header->name), bytes).second;
}

}  // namespace

std::optional<std::string_view> form_boundary(std::string_view content_type) {
  constexpr std::string_view kType = "multipart/form-data", kName = "boundary=";
  if (!ascii_iequal(trim(content_type.substr(0, content_type.find(';'))), kType)) {
    return std::nullopt;
  }
  const std::size_t at = ascii_lower(content_type).find(kName);
  if (at == std::string_view::npos) {
    return std::nullopt;
  }
  std::string_view value = content_type.substr(at + kName.size());
  if (value.starts_with('"')) {
    value.remove_prefix(1);
    value = value.substr(0, value.find('"'));
  } else {
    value = trim(value.substr(0, value.find(';')));
  }
  constexpr std::string_view kAllowed =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'()+_,-./:=?";
  const bool fine = !value.empty() && value.size() <= 70 &&
                    value.find_first_not_of(kAllowed) == std::string_view::npos;
  return fine ? std::optional(value) : std::nullopt;
}

std::optional<MultipartForm> parse_multipart(std::string_view body, std::string_view boundary) {
  const std::string first = "--" + std::string(boundary), next = "\r\n" + first;
  if (!body.starts_with(first)) {
    return std::nullopt;
  }
  body.remove_prefix(first.size());
  MultipartForm form;
  for (std::size_t parts = 0; !body.starts_with("--"); ++parts) {
    const std::size_t end = body.find(next, 2);
    if (parts == kFormParts || !body.starts_with("\r\n") || end == std::string_view::npos ||
        !take_part(body.substr(2, end - 2), form)) {
      return std::nullopt;
    }
    if (form.files.size() > kFormFiles) {
      form.files.clear();
      form.too_many = true;
      return form;
    }
    body.remove_prefix(end + next.size());
  }
  return form;
}

}  // namespace phimilter::portal
