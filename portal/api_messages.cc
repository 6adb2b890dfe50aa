// SPDX-License-Identifier: Apache-2.0
//
// /api/v1/messages: what became of messages in the portal, and what may be done with them. Nothing
// of what a message says.
#include <nlohmann/json.hpp>

#include "base/encoding.h"
#include "portal/api.h"
#include "portal/api_body.h"
#include "portal/api_query.h"
#include "portal/message_desk.h"

namespace phimilter::portal {

namespace {

using Json = nlohmann::ordered_json;
using delivery::MessageRow;
using delivery::MessageState;

Json time_or_null(const std::optional<Timestamp>& at) {
  return at ? Json(rfc3339(*at)) : Json();
}

Json to_json(const MessageRow& row) {
  return {{"id", row.id.str()},
          {"reference", row.reference()},
          {"sender", row.sender},
          {"recipient", row.recipient},
          {"batch", row.batch.empty() ? Json() : Json(row.batch)},
          {"state", delivery::to_string(row.state())},
          {"created", rfc3339(row.created())},
          {"expires", row.entry ? Json(rfc3339(row.entry->expires)) : Json()},
          {"shown", time_or_null(row.first(audit::Event::shown))}};
}

Json with_events(const MessageRow& row) {
  Json json = to_json(row);
  Json events = Json::array();
  for (const delivery::MessageEvent& one : row.events) {
    events.push_back({{"event", audit::to_string(one.event)},
                      {"at", rfc3339(one.at)},
                      {"by", one.person.empty() ? Json() : Json(one.person)}});
  }
  json["events"] = std::move(events);
  return json;
}

std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

Response no_such_message(const Request& request) {
  return problem_reply(request, {404, "no-such-message", "there is no message of this id"});
}

std::optional<MessageRow> row_of(const Api::Call& call, const MessageDesk& desk) {
  const auto id = EscrowId::parse(call.path[1]);
  return id ? desk.index().find(*id) : std::nullopt;
}

// What the desk says no to for good, as a program is told.
Response refused(const Request& request, const Fault& fault) {
  if (fault.kind != FaultKind::permanent) {
    return fault_reply(request, fault);
  }
  if (fault.id == "desk.no_entry") {
    return problem_reply(request,
                         {409, "destroyed", "the message is no longer kept: send it again"});
  }
  const struct {
    std::string_view id;
    const char* code;
    const char* detail;
  } known[] = {
      {"desk.retracted", "retracted", "the message was taken back"},
      {"desk.expired", "expired", "the message has expired: extend it first"},
      {"desk.no_link", "no-link", "only the notice itself has the link: send the message again"},
      {"desk.too_soon", "too-soon", "the notice left moments ago"},
      {"escrow.not_longer", "not-longer", "the message can be read until then already"},
      {"escrow.too_long", "too-long", "a message can be read for ten years at the most"},
  };
  for (const auto& one : known) {
    if (fault.id == one.id) {
      return problem_reply(request, {409, one.code, one.detail});
    }
  }
  return problem_reply(request, {409, "not-possible", "this cannot be done with the message now"});
}

std::string person_of(const Api::Call& call) {
  return "api-token:" + call.token.name;
}

}  // namespace

Response Api::list_messages(const Call& call) {
  Query query(call.request, {"sender", "recipient", "batch", "state", "since", "limit", "cursor"});
  delivery::MessageFilter filter;
  filter.sender = query.text("sender");
  filter.recipient = query.text("recipient");
  filter.batch = query.text("batch");
  if (const std::string state = query.text("state"); !state.empty()) {
    filter.state = delivery::message_state_from(state);
    query.require(filter.state.has_value(), "state",
                  "one of waiting, unread, opened, expired, retracted");
  }
  if (const std::string since = query.text("since"); !since.empty()) {
    const auto at = parse_rfc3339(since.size() == 10 ? since + "T00:00:00Z" : since);
    query.require(at.has_value(), "since", "a day as YYYY-MM-DD, or a time of RFC 3339 in UTC");
    filter.since = at ? std::optional(*at) : std::nullopt;
  }
  const std::size_t limit = query.number("limit", 100, 1, 500);
  const std::size_t from = query.number("cursor", 0, 0, 100'000'000);
  if (const auto wrong = query.problem()) {
    return problem_reply(call.request, *wrong);
  }
  const auto page = parts_.desk->index().list(filter, from, limit);
  Json all = Json::array();
  for (const MessageRow& row : page.rows) {
    all.push_back(to_json(row));
  }
  const std::size_t next = from + page.rows.size();
  return json_reply(
      call.request, 200,
      dump(
          {{"messages", std::move(all)},
           {"next", next < page.all && !page.rows.empty() ? Json(std::to_string(next)) : Json()}}));
}

Response Api::get_message(const Call& call) {
  const auto row = row_of(call, *parts_.desk);
  return row ? json_reply(call.request, 200, dump(with_events(*row)))
             : no_such_message(call.request);
}

// Doing it twice is fine, and says so.
Response Api::retract_message(const Call& call) {
  const auto row = row_of(call, *parts_.desk);
  if (!row) {
    return no_such_message(call.request);
  }
  const auto retracted = parts_.desk->retract(row->id, person_of(call));
  if (!retracted) {
    return refused(call.request, retracted.error());
  }
  return json_reply(call.request, 200,
                    dump({{"id", row->id.str()},
                          {"before", retracted->before},
                          {"shown", time_or_null(retracted->seen)}}));
}

Response Api::extend_message(const Call& call) {
  if (!says_json(call.request)) {
    return problem_reply(call.request, {415, "not-json", "send Content-Type: application/json"});
  }
  const auto day = read_extension_body(call.request.body);
  if (!day) {
    return problem_reply(call.request, day.error());
  }
  const auto row = row_of(call, *parts_.desk);
  if (!row) {
    return no_such_message(call.request);
  }
  const auto end = parse_rfc3339(*day + "T23:59:59Z");
  if (!end) {
    return fault_reply(call.request, end.error());
  }
  // The desk writes down first what it is asked for; what changes nothing is not asked.
  if (row->entry && row->entry->expires == *end) {
    return get_message(call);
  }
  if (row->entry && row->entry->expires > *end && row->state() != MessageState::retracted) {
    return refused(call.request, permanent_fault("escrow.not_longer", "it lives longer already"));
  }
  const auto extended = parts_.desk->extend(row->id, *end, person_of(call));
  return extended ? get_message(call) : refused(call.request, extended.error());
}

Response Api::resend_message(const Call& call) {
  const auto row = row_of(call, *parts_.desk);
  if (!row) {
    return no_such_message(call.request);
  }
  const auto sent = parts_.desk->resend(row->id, person_of(call));
  return sent ? get_message(call) : refused(call.request, sent.error());
}

Response Api::unlock_message(const Call& call) {
  const auto row = row_of(call, *parts_.desk);
  if (!row) {
    return no_such_message(call.request);
  }
  const auto unlocked = parts_.desk->unlock(row->id, person_of(call));
  return unlocked ? get_message(call) : refused(call.request, unlocked.error());
}

}  // namespace phimilter::portal
