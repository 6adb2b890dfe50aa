// SPDX-License-Identifier: Apache-2.0
//
// A sender's HTML made harmless: parsed as a browser parses it (WHATWG), then written anew from an
// allow-list of elements and attributes. No scripts, styles, forms, frames, or anything that is
// fetched.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "portal/html.h"

namespace phimilter::portal {

struct SanitisedHtml {
  Html markup;                     // what stands inside <body>
  std::size_t remote_blocked = 0;  // pictures and backgrounds that would have been fetched
};

// A "data:image/..." URL for a Content-ID, or nullopt: the picture is left out.
using InlineImages = std::function<std::optional<std::string>(std::string_view content_id)>;

// Permanent fault: larger than limits::kHtmlBytes, or dearer to parse than the limits in
// sanitise.cc allow.
Result<SanitisedHtml> sanitise(std::string_view html, const InlineImages& inline_images);

}  // namespace phimilter::portal
