// SPDX-License-Identifier: Apache-2.0
#include "portal/site.h"

#include <algorithm>

#include "portal/api.h"
#include "portal/ask_pages.h"
#include "portal/brand_files.h"
#include "portal/replies.h"

namespace phimilter::portal {

Site::Site(SiteParts parts) : parts_(std::move(parts)), entries_(parts_), account_(parts_) {
  routes_.push_back({"/m/", [this](const Request& request, std::string_view rest) {
                       return link(request, rest);
                     }});
  routes_.push_back({"/a/", [this](const Request& request, std::string_view rest) {
                       return entries_.handle_for_account(request, rest);
                     }});
  routes_.push_back({"/account", [this](const Request& request, std::string_view rest) {
                       return account_.handle(request, rest);
                     }});
  if (parts_.tracking != nullptr && parts_.tracking->has_page()) {
    sent_.emplace(SentParts{parts_, parts_.tracking->desk(), parts_.tracking->door(),
                            parts_.tracking->clock()});
    routes_.push_back({"/sent", [this](const Request& request, std::string_view rest) {
                         return sent_->handle(request, rest);
                       }});
  }
}

Response Site::link(const Request& request, std::string_view rest) {
  constexpr std::string_view kAsk = "/ask";
  if (parts_.tracking != nullptr && request.method == Method::post && rest.ends_with(kAsk)) {
    return ask_again(parts_, *parts_.tracking, request, rest.substr(0, rest.size() - kAsk.size()));
  }
  Response response = entries_.handle(request, rest);
  const bool looked_up = request.method == Method::get && response.status == 200 &&
                         rest.find('/') == std::string_view::npos;
  if (parts_.tracking != nullptr && looked_up) {
    if (const auto id = escrow::id_of_link_secret(rest)) {
      parts_.tracking->fetched(*id, request.peer);
    }
  }
  return response;
}

Response Site::handle(const Request& request) {
  if (parts_.api != nullptr && request.path.starts_with(kApiPath)) {
    return parts_.api->handle(request, std::string_view(request.path).substr(kApiPath.size()));
  }
  // A form with files that are too many is shown again, with what was typed.
  if (request.too_large && request.form.empty()) {
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
  constexpr std::string_view kBrand = "/brand/";
  if (parts_.brands != nullptr && reads(request) && request.path.starts_with(kBrand)) {
    if (auto file =
            parts_.brands->file(request, std::string_view(request.path).substr(kBrand.size()))) {
      return std::move(*file);
    }
  }
  const auto route = std::ranges::find_if(
      routes_, [&request](const Route& each) { return request.path.starts_with(each.prefix); });
  if (route == routes_.end()) {
    return dead_end(parts_, request, DeadEnd::unknown, 404);
  }
  return route->answer(request, std::string_view(request.path).substr(route->prefix.size()));
}

}  // namespace phimilter::portal
