// SPDX-License-Identifier: Apache-2.0
#include "portal/site.h"

#include <algorithm>

#include "portal/api.h"
#include "portal/replies.h"

namespace phimilter::portal {

Site::Site(SiteParts parts) : parts_(std::move(parts)), entries_(parts_) {
  routes_.push_back({"/m/", [this](const Request& request, std::string_view rest) {
                       return entries_.handle(request, rest);
                     }});
}

Response Site::handle(const Request& request) {
  constexpr std::string_view kApi = "/api/v1/";
  if (parts_.api != nullptr && request.path.starts_with(kApi)) {
    return parts_.api->handle(request, std::string_view(request.path).substr(kApi.size()));
  }
  if (request.too_large) {
    return dead_end(parts_, request, DeadEnd::too_large, 413);
  }
  if (!reads(request) && request.method != Method::post) {
    return dead_end(parts_, request, DeadEnd::refused, 405);
  }
  if (request.malformed) {
    return dead_end(parts_, request, DeadEnd::refused, 400);
  }
  if (reads(request) && request.path == "/style.css") {
    return style_reply(request, style_sheet());
  }
  if (reads(request) && request.path == "/robots.txt") {
    return text_reply(request, 200, "User-agent: *\nDisallow: /\n");
  }
  const auto route = std::ranges::find_if(
      routes_, [&request](const Route& each) { return request.path.starts_with(each.prefix); });
  if (route == routes_.end()) {
    return dead_end(parts_, request, DeadEnd::unknown, 404);
  }
  return route->answer(request, std::string_view(request.path).substr(route->prefix.size()));
}

}  // namespace phimilter::portal
