// SPDX-License-Identifier: Apache-2.0
#include "protect/clear_parts.h"

#include "base/encoding.h"

namespace phimilter::protect {

std::string WrittenType::parameter(std::string_view name) const {
  for (const auto& [key, value] : parameters) {
    if (key == name) {
      return value;
    }
  }
  return {};
}

std::optional<WrittenType> content_type(const mail::HeaderList& headers) {
  if (headers.count("Content-Type") != 1) {
    return std::nullopt;
  }
  const std::string value = mail::unfolded(headers.first("Content-Type")->value);
  const auto pieces = split(value, ';');
  WrittenType type;
  type.media_type = ascii_lower(trim(pieces[0]));
  for (std::size_t i = 1; i < pieces.size(); ++i) {
    const auto equals = pieces[i].find('=');
    if (equals == std::string_view::npos) {
      return std::nullopt;
    }
    std::string_view text = trim(pieces[i].substr(equals + 1));
    if (text.size() >= 2 && text.starts_with('"') && text.ends_with('"')) {
      text = text.substr(1, text.size() - 2);
    }
    type.parameters.emplace_back(ascii_lower(trim(pieces[i].substr(0, equals))), text);
  }
  return type;
}

std::optional<std::vector<WrittenPart>> written_parts(std::string_view body,
                                                      const std::string& boundary) {
  const std::string first = "--" + boundary + "\r\n";
  const std::string next = "\r\n--" + boundary;
  if (boundary.empty() || !body.starts_with(first)) {
    return std::nullopt;
  }
  body.remove_prefix(first.size());
  std::vector<WrittenPart> parts;
  for (;;) {
    const auto end = body.find(next);
    if (end == std::string_view::npos) {
      return std::nullopt;
    }
    const std::string_view part = body.substr(0, end);
    const auto blank = part.find("\r\n\r\n");
    if (blank == std::string_view::npos) {
      return std::nullopt;
    }
    parts.push_back({part.substr(0, blank + 2), part.substr(blank + 4)});
    body.remove_prefix(end + next.size());
    if (body == "--\r\n") {
      return parts;
    }
    if (!body.starts_with("\r\n")) {
      return std::nullopt;
    }
    body.remove_prefix(2);
  }
}

std::string decoded_quoted_printable(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '=') {
      out += text[i];
      continue;
    }
    if (text.substr(i + 1, 2) == "\r\n") {
      i += 2;
      continue;
    }
    const auto byte = unhex(ascii_lower(text.substr(i + 1, 2)));
    if (byte && byte->size() == 1) {
      out += static_cast<char>((*byte)[0]);
      i += 2;
    } else {
      out += '=';
    }
  }
  return out;
}

std::string html_text_and_links(std::string_view html) {
  constexpr std::string_view kLink = "href=\"";
  std::string out;
  while (!html.empty()) {
    const auto open = html.find('<');
    out += html.substr(0, open);
    if (open == std::string_view::npos) {
      break;
    }
    const auto close = html.find('>', open);
    const std::string_view tag =
        html.substr(open, close == std::string_view::npos ? close : close - open);
    const auto link = tag.find(kLink);
    out += '\n';
    if (link != std::string_view::npos) {
      const std::string_view address = tag.substr(link + kLink.size());
      out += address.substr(0, address.find('"'));
      out += '\n';
    }
    html.remove_prefix(close == std::string_view::npos ? html.size() : close + 1);
  }
  return out;
}

}  // namespace phimilter::protect
