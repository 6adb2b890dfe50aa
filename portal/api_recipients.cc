// SPDX-License-Identifier: Apache-2.0
//
// /api/v1/recipients: what is on file for recipients. An answer can be put there and never read.
#include <nlohmann/json.hpp>

#include "base/encoding.h"
#include "portal/api.h"
#include "portal/api_body.h"
#include "portal/api_query.h"

namespace phimilter::portal {

namespace {

using Json = nlohmann::ordered_json;
using escrow::ListedRecipient;
using escrow::RecipientEntry;

constexpr std::size_t kPage = 100, kLongestPage = 500;
constexpr std::chrono::seconds kHoldPatience{2};  // past it: 503

Json text_or_null(const std::string& text) {
  return text.empty() ? Json() : Json(text);
}

Json to_json(const std::string& address, const RecipientEntry& entry, std::string_view today) {
  Json consent;
  if (!entry.consent_date.empty()) {
    consent = {{"state", escrow::to_string(escrow::consent_on(entry, today))},
               {"date", entry.consent_date},
               {"version", text_or_null(entry.consent_version)},
               {"expires", text_or_null(entry.consent_expires)}};
  }
  return {{"address", text_or_null(address)},
          {"language", text_or_null(entry.language)},
          {"consent", std::move(consent)},
          {"proof", entry.has_proof}};
}

std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

Response no_such_recipient(const Request& request) {
  return problem_reply(request, {404, "no-such-recipient", "nothing is on file for this address"});
}

Response no_address(const Request& request) {
  return problem_reply(request, {422, "invalid-address",
                                 "the last part of the path is not a mail address; write it "
                                 "percent-encoded: pat%40mail.example"});
}

std::string quoted(const std::string& version) {
  return '"' + version + '"';
}

// RFC 9110 13.1: nullopt: the request may go on.
std::optional<Response> unmet_condition(const Request& request,
                                        const std::optional<std::string>& version) {
  const std::string_view match = trim(request.header("if-match"));
  const std::string_view none_match = trim(request.header("if-none-match"));
  const bool fits =
      match.empty() || (match == "*" && version) || (version && match == quoted(*version));
  if (fits && (none_match != "*" || !version)) {
    return std::nullopt;
  }
  return problem_reply(request, {412, "changed-meanwhile",
                                 "what is on file is not what If-Match or If-None-Match says: "
                                 "read it again, then decide"});
}

Response with_version(Response response, const std::optional<std::string>& version) {
  if (version) {
    response.headers.emplace_back("ETag", quoted(*version));
  }
  return response;
}

std::string day_of(Timestamp at) {
  return rfc3339(at).substr(0, 10);
}

}  // namespace

Response Api::list_recipients(const Call& call) {
  const Request& request = call.request;
  Query query(request, {"limit", "cursor"});
  const std::size_t limit = query.number("limit", kPage, 1, kLongestPage);
  const std::string cursor = query.text("cursor");
  query.require(cursor.empty() || id_form::hex(cursor, 64), "cursor",
                "what `next` of the page before said");
  if (const auto wrong = query.problem()) {
    return problem_reply(request, *wrong);
  }
  const auto page = parts_.recipients.list_page(cursor, limit);
  if (!page) {
    return fault_reply(request, page.error());
  }
  Json all = Json::array();
  for (const ListedRecipient& one : page->recipients) {
    all.push_back(to_json(one.address, one.entry, day_of(parts_.clock.now())));
  }
  return json_reply(request, 200,
                    dump({{"recipients", std::move(all)}, {"next", text_or_null(page->next)}}));
}

Response Api::get_recipient(const Call& call) {
  const auto address = mail::Address::parse(call.path[1]);
  if (!address) {
    return no_address(call.request);
  }
  const auto found = parts_.recipients.find(*address);
  const auto version = parts_.recipients.version(*address);
  if (!found || !version) {
    return fault_reply(call.request, found ? version.error() : found.error());
  }
  if (!*found) {
    return no_such_recipient(call.request);
  }
  return with_version(
      json_reply(call.request, 200,
                 dump(to_json(address->key(), **found, day_of(parts_.clock.now())))),
      *version);
}

Response Api::put_recipient(const Call& call) {
  const Request& request = call.request;
  const auto address = mail::Address::parse(call.path[1]);
  if (!address) {
    return no_address(request);
  }
  if (!says_json(request)) {
    return problem_reply(request, {415, "not-json", "send Content-Type: application/json"});
  }
  auto body = read_recipient_body(request.body);
  if (!body) {
    return problem_reply(request, body.error());
  }
  const std::lock_guard lock(changing_);
  auto held = parts_.recipients.hold(kHoldPatience);
  if (!held) {
    return fault_reply(request, held.error());
  }
  const auto before = parts_.recipients.find(*address);
  const auto version = parts_.recipients.version(*address);
  if (!before || !version) {
    return fault_reply(request, before ? version.error() : before.error());
  }
  if (auto unmet = unmet_condition(request, *version)) {
    return std::move(*unmet);
  }
  using Wish = RecipientBody::ProofWish;
  RecipientEntry entry = body->entry;
  entry.has_proof =
      body->wish == Wish::set || (body->wish == Wish::keep && *before && (*before)->has_proof);
  if (auto written = parts_.recipients.put(*address, entry, body->proof); !written) {
    return fault_reply(request, written.error());
  }
  const auto now_on_file = parts_.recipients.version(*address);
  if (!now_on_file) {
    return fault_reply(request, now_on_file.error());
  }
  held->reset();  // others need not wait for the journal
  // Who did it stands in the journal before anybody is told that it is done. A program that hears
  // 503 does the same again, and then it is on record.
  if (auto written = record_change(call, *address, *before ? "changed" : "added"); !written) {
    return fault_reply(request, written.error());
  }
  return with_version(json_reply(request, *before ? 200 : 201,
                                 dump(to_json(address->key(), entry, day_of(parts_.clock.now())))),
                      *now_on_file);
}

Response Api::delete_recipient(const Call& call) {
  const auto address = mail::Address::parse(call.path[1]);
  if (!address) {
    return no_address(call.request);
  }
  const std::lock_guard lock(changing_);
  const auto held = parts_.recipients.hold(kHoldPatience);
  if (!held) {
    return fault_reply(call.request, held.error());
  }
  const auto version = parts_.recipients.version(*address);
  if (!version) {
    return fault_reply(call.request, version.error());
  }
  if (!*version) {
    return no_such_recipient(call.request);
  }
  if (auto unmet = unmet_condition(call.request, *version)) {
    return std::move(*unmet);
  }
  // On record first: who asks again after a fault finds nothing, and would not be recorded.
  if (auto written = record_change(call, *address, "deleted"); !written) {
    return fault_reply(call.request, written.error());
  }
  if (auto removed = parts_.recipients.remove(*address); !removed) {
    return fault_reply(call.request, removed.error());
  }
  return empty_reply(call.request, 204);
}

Status Api::record_change(const Call& call, const mail::Address& address, std::string_view what) {
  audit::Record record;
  record.event = audit::Event::recipient_changed;
  record.login = "api-token:" + call.token.name;
  record.client = call.request.peer;
  audit::RecipientRecord recipient;
  recipient.address = address.spelled();
  recipient.status = what;
  record.recipients.push_back(std::move(recipient));
  auto written = parts_.journal.append(record);
  return written ? Status() : fail(written);
}

}  // namespace phimilter::portal
