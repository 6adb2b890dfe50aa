// SPDX-License-Identifier: Apache-2.0
#include "portal/http.h"

#include <algorithm>

#include "base/encoding.h"
#include "base/limits.h"
#include "portal/multipart_form.h"
#include "portal/networks.h"

namespace phimilter::portal {
namespace {

int hex_value(char c) {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  if (c >= 'a' && c <= 'f') {
    return c - 'a' + 10;
  }
  if (c >= 'A' && c <= 'F') {
    return c - 'A' + 10;
  }
  return -1;
}

std::optional<std::string> decoded(std::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus_is_space) {
      out += ' ';
      continue;
    }
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    if (i + 2 >= text.size()) {
      return std::nullopt;
    }
    const int high = hex_value(text[i + 1]);
    const int low = hex_value(text[i + 2]);
    if (high < 0 || low < 0 || (high == 0 && low == 0)) {
      return std::nullopt;
    }
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

bool on_loopback(std::string_view peer) {
  return peer.starts_with("127.") || peer == "::1" || peer.starts_with("::ffff:127.");
}

bool looks_like_ip(std::string_view text) {
  return !text.empty() && text.size() <= 45 &&
         text.find_first_not_of("0123456789abcdefABCDEF.:") == std::string_view::npos;
}

}  // namespace

std::optional<std::string> percent_decoded(std::string_view text) {
  return decoded(text, false);
}

std::string_view Request::field(const Fields& fields, std::string_view name) const {
  const auto found = fields.find(name);
  return found == fields.end() ? std::string_view() : std::string_view(found->second);
}

std::string_view Request::header(std::string_view name) const {
  return field(headers, name);
}

std::optional<Fields> parse_form(std::string_view text) {
  Fields fields;
  for (const std::string_view pair : split(text, '&')) {
    if (pair.empty()) {
      continue;
    }
    const std::size_t equals = pair.find('=');
    const auto name = decoded(pair.substr(0, equals), true);
    const auto value = equals == std::string_view::npos ? std::optional<std::string>(std::string())
                                                        : decoded(pair.substr(equals + 1), true);
    if (!name || !value || !fields.emplace(*name, *value).second) {
      return std::nullopt;
    }
  }
  return fields;
}

Fields parse_cookies(std::string_view header_value) {
  Fields cookies;
  for (const std::string_view pair : split(header_value, ';')) {
    const std::size_t equals = pair.find('=');
    if (equals != std::string_view::npos) {
      cookies.emplace(trim(pair.substr(0, equals)), trim(pair.substr(equals + 1)));
    }
  }
  return cookies;
}

namespace {

void read_body(const RawRequest& raw, const UploadLimits& uploads, Request& request) {
  const auto boundary = form_boundary(request.header("content-type"));
  if (boundary) {
    request.too_large = raw.body.size() > uploads.bytes;
    auto form = parse_multipart(raw.body, *boundary);
    request.malformed = request.malformed || !form;
    if (form) {
      request.too_large = request.too_large || form->too_many;
      request.form = std::move(form->fields);
      request.files = request.too_large ? std::vector<UploadedFile>() : std::move(form->files);
    }
    return;
  }
  request.too_large = raw.body.size() > limits::kPortalRequest;
  if (!request.too_large) {
    auto form = parse_form(raw.body);
    request.malformed = request.malformed || !form;
    request.form = std::move(form).value_or(Fields());
  }
}

}  // namespace

Request understand(RawRequest raw, const UploadLimits& uploads) {
  Request request;
  request.method = raw.method;
  request.peer = std::move(raw.peer);
  for (auto& [name, value] : raw.headers) {
    request.headers.insert_or_assign(ascii_lower(name), std::move(value));
  }
  const std::size_t question = raw.target.find('?');
  request.path = raw.target.substr(0, question);
  if (question != std::string::npos) {
    auto query = parse_form(std::string_view(raw.target).substr(question + 1));
    request.malformed = !query;
    request.query = std::move(query).value_or(Fields());
  }
  if (request.path.starts_with("/api/")) {
    const bool message = request.path.starts_with(kApiBatches);
    request.too_large = raw.body.size() > (message ? std::max(uploads.bytes, limits::kPortalRequest)
                                                   : limits::kPortalRequest);
    request.body = request.too_large ? std::string() : std::string(raw.body);
  } else if (raw.method == Method::post) {
    read_body(raw, uploads, request);
  }
  request.cookies = parse_cookies(request.header("cookie"));
  const bool proxied = raw.proxies.empty()
                           ? !raw.over_tls && on_loopback(request.peer)
                           : std::ranges::any_of(raw.proxies, [&request](const std::string& proxy) {
                               return in_network(request.peer, proxy);
                             });
  request.secure =
      raw.over_tls || (proxied && ascii_iequal(request.header("x-forwarded-proto"), "https"));
  const std::string_view forwarded = trim(split(request.header("x-forwarded-for"), ',').back());
  if (proxied && looks_like_ip(forwarded)) {
    request.peer = forwarded;
  }
  return request;
}

bool from_our_own_page(const Request& request, std::string_view portal_url) {
  const std::string_view site = request.header("sec-fetch-site");
  if (!site.empty() && site != "same-origin" && site != "none") {
    return false;
  }
  const std::string_view origin = request.header("origin");
  if (origin.empty() || origin == "null") {
    return true;
  }
  const std::size_t scheme_end = portal_url.find("://");
  const std::size_t path =
      scheme_end == std::string_view::npos ? scheme_end : portal_url.find('/', scheme_end + 3);
  const std::string own = ascii_lower(portal_url.substr(0, path));
  const std::string host =
      (request.secure ? "https://" : "http://") + ascii_lower(request.header("host"));
  const std::string asked = ascii_lower(origin);
  return asked == own || asked == host;
}

}  // namespace phimilter::portal
