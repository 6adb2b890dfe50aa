// SPDX-License-Identifier: Apache-2.0
#include "portal/api.h"

#include <algorithm>

#include "base/encoding.h"
#include "portal/embedded.h"

namespace phimilter::portal {

namespace {

constexpr std::string_view kDescription = "openapi.yaml";

std::string_view name_of(Method method) {
  switch (method) {
    case Method::get:
      return "GET";
    case Method::head:
      return "HEAD";
    case Method::post:
      return "POST";
    case Method::put:
      return "PUT";
    case Method::del:
      return "DELETE";
    case Method::options:
      return "OPTIONS";
    case Method::other:
      break;
  }
  return "";
}

bool on_this_host(std::string_view peer) {
  return peer.starts_with("127.") || peer == "::1" || peer.starts_with("::ffff:127.");
}

std::string_view bearer_of(const Request& request) {
  const std::string_view value = trim(request.header("authorization"));
  constexpr std::string_view kScheme = "bearer ";
  return ascii_iequal(value.substr(0, kScheme.size()), kScheme) ? trim(value.substr(kScheme.size()))
                                                                : std::string_view();
}

Response unauthorised(const Request& request, bool tried) {
  Response response = problem_reply(
      request, {401, tried ? "invalid-token" : "no-token",
                tried ? "this token is not known, was revoked, or its time is over: have "
                        "another one made with `phictl api-token create`"
                      : "send Authorization: Bearer with a token of `phictl api-token create`"});
  response.headers.emplace_back(
      "WWW-Authenticate",
      tried ? "Bearer realm=\"phimilter\", error=\"invalid_token\"" : "Bearer realm=\"phimilter\"");
  return response;
}

Response too_many(const Request& request, std::int64_t seconds) {
  Response response = problem_reply(
      request, {429, "too-many-wrong-tokens",
                "there were too many wrong tokens from your network; wait as Retry-After says"});
  response.headers.emplace_back("Retry-After", std::to_string(seconds));
  return response;
}

}  // namespace

std::vector<std::string> path_segments(std::string_view path) {
  std::vector<std::string> out;
  for (const std::string_view segment : split(path, '/')) {
    std::string decoded;
    for (std::size_t i = 0; i < segment.size(); ++i) {
      if (segment[i] != '%') {
        decoded += segment[i];
        continue;
      }
      const auto byte = unhex(ascii_lower(segment.substr(i + 1, 2)));
      if (!byte || byte->size() != 1 || byte->front() == 0) {
        return {};
      }
      decoded += static_cast<char>(byte->front());
      i += 2;
    }
    out.push_back(std::move(decoded));
  }
  return out;
}

const std::vector<Api::Route>& Api::routes() {
  static const std::vector<Route> kRoutes = {
      {{"recipients"}, Method::get, "recipients:read", &Api::list_recipients},
      {{"recipients", "*"}, Method::get, "recipients:read", &Api::get_recipient},
      {{"recipients", "*"}, Method::put, "recipients:write", &Api::put_recipient},
      {{"recipients", "*"}, Method::del, "recipients:write", &Api::delete_recipient},
      {{"messages"}, Method::get, "messages:read", &Api::list_messages},
      {{"messages", "*"}, Method::get, "messages:read", &Api::get_message},
      {{"messages", "*", "retract"}, Method::post, "messages:write", &Api::retract_message},
      {{"messages", "*", "extend"}, Method::post, "messages:write", &Api::extend_message},
      {{"messages", "*", "resend"}, Method::post, "messages:write", &Api::resend_message},
      {{"messages", "*", "unlock"}, Method::post, "messages:write", &Api::unlock_message},
      {{"batches", "*", "*"}, Method::put, "messages:send", &Api::send_message},
  };
  return kRoutes;
}

bool Api::knows(const Request& request) const {
  const std::string_view bearer = bearer_of(request);
  const auto token =
      bearer.empty() ? std::nullopt : std::optional(parts_.tokens.find(bearer, parts_.clock.now()));
  return token && *token && **token;
}

Response Api::handle(const Request& request, std::string_view rest) {
  const auto tokens = parts_.tokens.list();
  if (!tokens) {
    return fault_reply(request, tokens.error());
  }
  if (tokens->empty()) {
    return problem_reply(request, {404, "no-api", "there is no API here"});
  }
  const bool reads = request.method == Method::get || request.method == Method::head;
  if (rest == kDescription && reads) {
    return yaml_reply(request, std::string(embedded::kOpenApi));
  }
  std::vector<std::string> path = path_segments(rest);
  std::vector<const Route*> found;
  for (const Route& route : routes()) {
    const bool fits =
        std::equal(route.path.begin(), route.path.end(), path.begin(), path.end(),
                   [](std::string_view pattern, const std::string& segment) {
                     return pattern == segment || (pattern == "*" && !segment.empty());
                   });
    const bool there = route.path.front() == "messages"  ? parts_.desk != nullptr
                       : route.path.front() == "batches" ? parts_.submit != nullptr
                                                         : true;
    if (fits && there) {
      found.push_back(&route);
    }
  }
  return answer(request, std::move(path), found);
}

Response Api::answer(const Request& request, std::vector<std::string> path,
                     const std::vector<const Route*>& found) {
  std::string allowed = "OPTIONS";
  const Route* wanted = nullptr;
  const Method method = request.method == Method::head ? Method::get : request.method;
  for (const Route* route : found) {
    allowed +=
        ", " + std::string(name_of(route->method)) + (route->method == Method::get ? ", HEAD" : "");
    wanted = route->method == method ? route : wanted;
  }
  if (request.method == Method::options && !found.empty()) {
    Response response = empty_reply(request, 204);
    response.headers.emplace_back("Allow", allowed);
    return response;
  }
  if (!request.secure && !on_this_host(request.peer)) {
    return problem_reply(request, {403, "not-over-https", "tokens are taken over HTTPS only"});
  }
  if (const std::int64_t wait = gate_.closed_for(request.peer); wait > 0) {
    return too_many(request, wait);
  }
  const std::string_view bearer = bearer_of(request);
  auto token = parts_.tokens.find(bearer, parts_.clock.now());
  if (!token) {
    return fault_reply(request, token.error());
  }
  if (!*token) {
    if (!bearer.empty()) {
      gate_.count_wrong(request.peer);
    }
    return unauthorised(request, !bearer.empty());
  }
  if (found.empty()) {
    return problem_reply(request, {404, "no-such-path", "see /api/v1/openapi.yaml for the paths"});
  }
  if (wanted == nullptr) {
    Response response =
        problem_reply(request, {405, "method-not-allowed", "this path has: " + allowed});
    response.headers.emplace_back("Allow", allowed);
    return response;
  }
  if (!(*token)->may(wanted->scope)) {
    Response response =
        problem_reply(request, {403, "insufficient-scope",
                                "this needs a token with the scope " + std::string(wanted->scope)});
    response.headers.emplace_back("WWW-Authenticate",
                                  "Bearer realm=\"phimilter\", error=\"insufficient_scope\"");
    return response;
  }
  if (request.too_large) {
    return problem_reply(request, {413, "too-large", "the body is larger than this path takes"});
  }
  if (request.malformed) {
    return problem_reply(request, {400, "malformed-query", "the query cannot be read"});
  }
  return (this->*wanted->answer)({request, std::move(path), std::move(**token)});
}

Response api_alone(Api& api, const Request& request) {
  return request.path.starts_with(kApiPath)
             ? api.handle(request, std::string_view(request.path).substr(kApiPath.size()))
             : problem_reply(request, {404, "no-such-path", "here is the API alone"});
}

}  // namespace phimilter::portal
