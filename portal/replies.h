// SPDX-License-Identifier: Apache-2.0
//
// Responses with the headers that keep browsers strict: nothing from elsewhere, no scripts, no
// frames, nothing kept.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "portal/http.h"

namespace phimilter::portal {

enum class Frames { none, own_body };  // whether the page holds the frame with the message's HTML

Response page_reply(const Request& request, int status, std::string html,
                    Frames frames = Frames::none);
Response body_reply(const Request& request, std::string html);  // what stands in that frame
Response redirect_reply(const Request& request, const std::string& path);
Response file_reply(const Request& request, std::string_view type, std::string_view name,
                    std::shared_ptr<BodySource> bytes);
// Shown by the browser itself: `type` is one that cannot run anything (see file_view.h).
Response viewed_file_reply(const Request& request, std::string_view type, std::string_view name,
                           std::shared_ptr<BodySource> bytes);
Response style_reply(const Request& request, std::string_view css);
Response asset_reply(const Request& request, std::string_view type, std::string bytes);
Response text_reply(const Request& request, int status, std::string text);

// "__Host-phi" where the browser speaks HTTPS, else "phi": browsers refuse the prefix without it.
std::string cookie_name(const Request& request);
std::string_view cookie_of(const Request& request);
void set_cookie(const Request& request, Response& response,
                const std::string& value);  // empty: removes it

}  // namespace phimilter::portal
