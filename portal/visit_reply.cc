// SPDX-License-Identifier: Apache-2.0
#include "portal/visit_reply.h"

#include "base/encoding.h"
#include "base/log.h"
#include "portal/brand_files.h"
#include "portal/replies.h"

namespace phimilter::portal {
namespace {

std::string visitor_language(const Request& request) {
  std::string_view asked = request.field(request.query, "lang");
  if (asked.empty()) {
    asked = request.field(request.form, "lang");
  }
  return asked == "en" || asked == "es" ? std::string(asked) : std::string();
}

PageFrame branded(const SiteParts& parts, const Request& request, std::string_view entry_language,
                  std::string_view sender, std::string path) {
  const std::string asked = visitor_language(request);
  PageFrame frame{parts.languages.choose(asked, entry_language, request.header("accept-language")),
                  parts.organisation_name, parts.organisation_phone, std::move(path), asked};
  if (parts.brands != nullptr) {
    BrandFiles::Look look = parts.brands->of(sender);
    frame.organisation_name = std::move(look.brand.name);
    frame.organisation_phone = std::move(look.brand.phone);
    frame.footer = std::move(look.brand.footer);
    frame.style = std::move(look.style);
    frame.logo = std::move(look.logo);
  }
  return frame;
}

}  // namespace

bool reads(const Request& request) {
  return request.method == Method::get || request.method == Method::head;
}

std::string with_language(const std::string& path, const Request& request) {
  const std::string language = visitor_language(request);
  return language.empty() ? path : path + "?lang=" + language;
}

PageFrame frame_for(const SiteParts& parts, const Request& request, std::string_view entry_language,
                    std::string path) {
  return branded(parts, request, entry_language, {}, std::move(path));
}

PageFrame frame_for(const SiteParts& parts, const Request& request, const escrow::EntryFacts& facts,
                    std::string path) {
  return branded(parts, request, facts.language, facts.sender, std::move(path));
}

Response dead_end(const SiteParts& parts, const Request& request, DeadEnd end, int status,
                  const Visit* visit, const std::string& link_path) {
  const std::int64_t locked_s = visit == nullptr ? 0 : visit->locked_s;
  const std::string path = end == DeadEnd::closed ? "" : link_path;
  const PageFrame page_frame = visit != nullptr && visit->facts
                                   ? frame_for(parts, request, *visit->facts, path)
                                   : frame_for(parts, request, std::string_view(), path);
  Response response = page_reply(
      request, status, dead_end_page(page_frame, end, locked_s, with_language(link_path, request)));
  if (status == 429) {
    response.headers.emplace_back("Retry-After", std::to_string(locked_s));
  } else if (status == 503) {
    response.headers.emplace_back("Retry-After", "60");
  } else if (status == 405) {
    response.headers.emplace_back("Allow", "GET, HEAD, POST");
  }
  return response;
}

Response ended(const SiteParts& parts, const Request& request, DeadEnd end, int status,
               const EscrowId& id, const std::string& link_path) {
  Visit visit;
  if (auto facts = parts.vault.facts(id)) {
    visit.facts = std::move(*facts);
  }
  return dead_end(parts, request, end, status, &visit, link_path);
}

Response unavailable(const SiteParts& parts, const Request& request, const Fault& fault) {
  const bool busy = fault.id == "portal.busy";
  log::fault(busy ? log::Level::warning : log::Level::error, "-", fault);
  return dead_end(parts, request, busy ? DeadEnd::busy : DeadEnd::unavailable, 503);
}

Response unavailable(const SiteParts& parts, const Request& request, const EscrowId& id,
                     Fault fault) {
  std::erase_if(fault.fields, [](const auto& field) { return field.first == "entry"; });
  fault.with("entry", id.str()).with("reference", escrow::reference_of(id));
  return unavailable(parts, request, fault);
}

}  // namespace phimilter::portal
