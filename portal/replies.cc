// SPDX-License-Identifier: Apache-2.0
#include "portal/replies.h"

#include "base/encoding.h"

namespace phimilter::portal {
namespace {

constexpr std::string_view kPagePolicy =
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; "
    "frame-ancestors "
    "'none'; base-uri 'none'";
// The sandbox stands here too, for the page that opens without the frame.
constexpr std::string_view kBodyPolicy =
    "default-src 'none'; style-src 'self'; img-src data:; form-action 'none'; frame-ancestors "
    "'self'; base-uri 'none'; "
    "sandbox allow-popups allow-popups-to-escape-sandbox";
constexpr std::string_view kPdfPolicy =
    "default-src 'none'; object-src 'self'; plugin-types application/pdf; style-src "
    "'unsafe-inline'; frame-ancestors 'none'";
constexpr std::string_view kFilePolicy = "default-src 'none'; frame-ancestors 'none'; sandbox";

Response reply(const Request& request, int status, std::string_view type, std::string body,
               std::string_view policy) {
  Response response;
  response.status = status;
  response.body = std::move(body);
  response.headers = {
      {"Content-Type", std::string(type)},
      {"Content-Security-Policy", std::string(policy)},
      {"X-Content-Type-Options", "nosniff"},
      {"Referrer-Policy", "no-referrer"},
      {"Cross-Origin-Opener-Policy", "same-origin"},
      {"Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=(), usb=()"},
      {"X-Robots-Tag", "noindex, nofollow"},
      {"Cache-Control", "no-store"}};
  if (request.secure) {
    response.headers.emplace_back("Strict-Transport-Security", "max-age=31536000");
  }
  return response;
}

std::string percent_encoded(std::string_view text) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";
  std::string out;
  for (const char c : text) {
    if (kPlain.find(c) != std::string_view::npos) {
      out += c;
    } else {
      const auto byte = static_cast<std::uint8_t>(c);
      out += "%" + hex(ByteView(&byte, 1));
    }
  }
  return out;
}

std::string ascii_name(std::string_view name) {
  std::string out;
  for (const char c : name) {
    out += c >= 0x20 && c < 0x7f && c != '"' && c != '\\' && c != '%' ? c : '_';
  }
  return out;
}

// RFC 6266: both spellings, the plain one for old browsers.
std::string disposition(std::string_view kind, std::string_view name) {
  return std::string(kind) + "; filename=\"" + ascii_name(name) + "\"; filename*=UTF-8''" +
         percent_encoded(name);
}

}  // namespace

Response page_reply(const Request& request, int status, std::string html, Frames frames) {
  std::string policy(kPagePolicy);
  if (frames == Frames::own_body) {
    policy += "; frame-src 'self'";
  }
  Response response = reply(request, status, "text/html; charset=utf-8", std::move(html), policy);
  response.headers.emplace_back("X-Frame-Options", "DENY");
  return response;
}

Response body_reply(const Request& request, std::string html) {
  Response response = reply(request, 200, "text/html; charset=utf-8", std::move(html), kBodyPolicy);
  response.headers.emplace_back("X-Frame-Options", "SAMEORIGIN");
  return response;
}

Response redirect_reply(const Request& request, const std::string& path) {
  Response response = reply(request, 303, "text/plain; charset=utf-8", {}, kFilePolicy);
  response.headers.emplace_back("Location", path);
  return response;
}

// A page must never come out of a sender's file.
Response file_reply(const Request& request, std::string_view type, std::string_view name,
                    std::shared_ptr<BodySource> bytes) {
  const bool page = type.starts_with("text/html") || type.find("xml") != std::string_view::npos ||
                    type.find("script") != std::string_view::npos;
  Response response =
      reply(request, 200, page ? "application/octet-stream" : type, {}, kFilePolicy);
  response.stream = std::move(bytes);
  response.headers.emplace_back("Content-Disposition", disposition("attachment", name));
  return response;
}

// The browser's own viewer for PDF is a page with styles and a plug-in, which a sandbox or a
// stricter policy would keep from showing anything; it runs in a process and an origin of its own.
Response viewed_file_reply(const Request& request, std::string_view type, std::string_view name,
                           std::shared_ptr<BodySource> bytes) {
  Response response =
      reply(request, 200, type, {}, type == "application/pdf" ? kPdfPolicy : kFilePolicy);
  response.stream = std::move(bytes);
  response.headers.emplace_back("Content-Disposition", disposition("inline", name));
  response.headers.emplace_back("X-Frame-Options", "DENY");
  return response;
}

Response style_reply(const Request& request, std::string_view css) {
  return reply(request, 200, "text/css; charset=utf-8", std::string(css), "default-src 'none'");
}

Response asset_reply(const Request& request, std::string_view type, std::string bytes) {
  return reply(request, 200, type, std::move(bytes), "default-src 'none'");
}

Response text_reply(const Request& request, int status, std::string text) {
  return reply(request, status, "text/plain; charset=utf-8", std::move(text), kFilePolicy);
}

std::string cookie_name(const Request& request) {
  return request.secure ? "__Host-phi" : "phi";
}

std::string_view cookie_of(const Request& request) {
  return request.field(request.cookies, cookie_name(request));
}

// Lax, not Strict: the link in the mail then leads back into a session that is still open. No GET
// changes anything.
void set_cookie(const Request& request, Response& response, const std::string& value) {
  response.headers.emplace_back(
      "Set-Cookie", cookie_name(request) + "=" + value + "; Path=/; HttpOnly; SameSite=Lax" +
                        (request.secure ? "; Secure" : "") + (value.empty() ? "; Max-Age=0" : ""));
}

}  // namespace phimilter::portal
