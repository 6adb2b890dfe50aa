// SPDX-License-Identifier: Apache-2.0
//
// What a browser asks and what it is answered, as plain values: everything but server.cc works on
// these.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace phimilter::portal {

enum class Method { get, head, post, put, del, options, other };

using Fields = std::map<std::string, std::string, std::less<>>;

struct UploadedFile {
  std::string field, name, type;  // as the browser says; nothing of it is checked
  std::string_view bytes;
};

struct Request {
  Method method = Method::get;
  std::string path;  // as it came, without the query; never logged: it holds the link's secret
  Fields query;
  std::string body;  // of a request to /api/ only
  Fields form;       // of a POST, in either encoding of forms
  std::vector<UploadedFile>
      files{};  // of a multipart POST; their bytes live as long as the request
  Fields cookies;
  Fields headers;  // names in lower case; of a repeated one, the last
  std::string peer;
  bool secure = false;     // the browser speaks HTTPS, to us or to the proxy in front
  bool malformed = false;  // query or form do not parse
  // The body is over limits::kPortalRequest, or over UploadLimits where it may hold files, or holds
  // too many of them; then the form is there all the same, and the files are not.
  bool too_large = false;

  // The value, or empty.
  std::string_view header(std::string_view name) const;
  std::string_view field(const Fields& fields, std::string_view name) const;
};

// What the server has read, before it is understood.
struct RawRequest {
  Method method = Method::get;
  std::string target;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string_view body;  // outlives the request that is made of it
  std::string peer;
  bool over_tls = false;
  std::span<const std::string> proxies{};  // as ServerOptions::proxies
};

inline constexpr std::string_view kApiPath = "/api/v1/";
// Where a request may hold a whole message.
inline constexpr std::string_view kApiBatches = "/api/v1/batches/";

struct UploadLimits {
  std::size_t bytes = 0;  // of a multipart body, or a message for the API; past it: too_large
};

// A proxy is believed (X-Forwarded-Proto, the last X-Forwarded-For) where `proxies` name it;
// without any, only on the plain listener and from loopback.
Request understand(RawRequest raw, const UploadLimits& uploads = {});

// A body too large to hold, pulled piece by piece while the browser takes it.
class BodySource {
 public:
  virtual ~BodySource() = default;
  virtual std::uint64_t size() const = 0;  // exactly so many bytes come, or a fault
  // 0: the end; may give less than asked. One thread at a time, any thread.
  virtual Result<std::size_t> read(std::span<char> out) = 0;
};

struct Response {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::shared_ptr<BodySource> stream{};  // instead of `body`, where there is one
};

using Handler = std::function<Response(const Request&)>;

// application/x-www-form-urlencoded; nullopt: a broken escape, a NUL, or a name twice.
std::optional<Fields> parse_form(std::string_view text);
// RFC 3986 2.1; nullopt: a broken escape, or a NUL.
std::optional<std::string> percent_decoded(std::string_view text);
Fields parse_cookies(std::string_view header_value);

// Whether a POST comes from a page of ours: by Sec-Fetch-Site, and by Origin where the browser
// names one. Our pages send no referrer, for which browsers write "Origin: null"; so null alone
// proves nothing and is let through only where Sec-Fetch-Site does not speak against it.
bool from_our_own_page(const Request& request, std::string_view portal_url);

}  // namespace phimilter::portal
