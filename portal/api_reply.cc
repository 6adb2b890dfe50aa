// SPDX-License-Identifier: Apache-2.0
#include "portal/api_reply.h"

#include <nlohmann/json.hpp>

#include "base/log.h"

namespace phimilter::portal {

namespace {

using Json = nlohmann::ordered_json;

std::string title_of(int status) {
  switch (status) {
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 409:
      return "Conflict";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Content Too Large";
    case 415:
      return "Unsupported Media Type";
    case 422:
      return "Unprocessable Content";
    case 429:
      return "Too Many Requests";
    case 503:
      return "Service Unavailable";
    default:
      return "Error";
  }
}

Response reply(const Request& request, int status, std::string_view type, std::string body) {
  Response response;
  response.status = status;
  response.body = std::move(body);
  if (!type.empty()) {
    response.headers.emplace_back("Content-Type", std::string(type));
    // Nothing that a browser would show as a page.
    response.headers.emplace_back("Content-Disposition", "attachment; filename=\"api\"");
  }
  for (const auto& [name, value] :
       {std::pair{"Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; sandbox"},
        std::pair{"X-Content-Type-Options", "nosniff"}, std::pair{"Referrer-Policy", "no-referrer"},
        std::pair{"Cross-Origin-Resource-Policy", "same-origin"},
        std::pair{"Cache-Control", "no-store"}}) {
    response.headers.emplace_back(name, value);
  }
  if (request.secure) {
    response.headers.emplace_back("Strict-Transport-Security", "max-age=31536000");
  }
  return response;
}

}  // namespace

Response problem_reply(const Request& request, const Problem& problem) {
  Json json = {{"type", "about:blank"},
               {"title", title_of(problem.status)},
               {"status", problem.status},
               {"code", problem.code},
               {"detail", problem.detail}};
  for (const auto& [where, what] : problem.errors) {
    json["errors"].push_back({{"at", where}, {"detail", what}});
  }
  return reply(request, problem.status, "application/problem+json",
               json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n");
}

Response json_reply(const Request& request, int status, std::string json) {
  return reply(request, status, "application/json", std::move(json));
}

Response empty_reply(const Request& request, int status) {
  return reply(request, status, {}, {});
}

Response yaml_reply(const Request& request, std::string yaml) {
  return reply(request, 200, "application/yaml", std::move(yaml));
}

Response fault_reply(const Request& request, const Fault& fault) {
  log::fault(log::Level::error, "-", fault);
  Response response = problem_reply(
      request, {503, "unavailable",
                "this cannot be done just now; nothing is lost, ask again with the same request"});
  response.headers.emplace_back("Retry-After", "30");
  return response;
}

}  // namespace phimilter::portal
