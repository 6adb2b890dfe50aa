// SPDX-License-Identifier: Apache-2.0
#include "portal/ask_pages.h"

#include "portal/replies.h"

namespace phimilter::portal {

Response ask_again(const SiteParts& parts, Tracking& tracking, const Request& request,
                   std::string_view secret) {
  if (!from_our_own_page(request, parts.portal_url)) {
    return dead_end(parts, request, DeadEnd::refused, 403);
  }
  const auto id = escrow::id_of_link_secret(secret);
  if (!id) {
    return dead_end(parts, request, DeadEnd::unknown, 404);
  }
  auto visit = parts.access.look(*id);
  if (!visit) {
    return unavailable(parts, request, *id, std::move(visit.error()));
  }
  const std::string link_path = "/m/" + std::string(secret);
  if (visit->standing != Standing::expired) {
    // It can be read again, or never could.
    return redirect_reply(request, with_language(link_path, request));
  }
  auto asked = tracking.ask_again(*id);
  if (!asked) {
    return unavailable(parts, request, *id, std::move(asked.error()));
  }
  return *asked ? ended(parts, request, DeadEnd::asked, 200, *id, link_path)
                : ended(parts, request, DeadEnd::expired, 410, *id);
}

}  // namespace phimilter::portal
