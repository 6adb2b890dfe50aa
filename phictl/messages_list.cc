// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "phictl/messages_desk.h"
#include "phictl/verb.h"

namespace phimilter::phictl {
namespace {

using Rows = std::vector<const delivery::MessageRow*>;

void print_json(std::ostream& out, const Rows& rows) {
  auto list = nlohmann::ordered_json::array();
  for (const delivery::MessageRow* row : rows) {
    const auto shown = row->first(audit::Event::shown);
    list.push_back({{"id", row->id.str()},
                    {"reference", row->reference()},
                    {"state", delivery::to_string(row->state())},
                    {"created", rfc3339(row->created())},
                    {"expires", row->entry ? rfc3339(row->entry->expires) : ""},
                    {"first_shown", shown ? rfc3339(*shown) : ""},
                    {"bytes", row->entry ? row->entry->size : 0},
                    {"sender", row->sender},
                    {"recipient", row->recipient},
                    {"queue_id", row->queue_id}});
  }
  out << list.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
}

void print_table(std::ostream& out, const Rows& rows) {
  std::vector<std::vector<std::string>> table = {
      {"ID", "REFERENCE", "STATE", "SENT", "EXPIRES", "SENDER", "RECIPIENT"}};
  const auto known = [](const std::string& text) { return text.empty() ? "?" : text; };
  for (const delivery::MessageRow* row : rows) {
    table.push_back({row->id.str(), row->reference(),
                     std::string(delivery::to_string(row->state())), for_people(row->created()),
                     row->entry ? for_people(row->entry->expires) : "-", known(row->sender),
                     known(row->recipient)});
  }
  write_table(out, table);
}

class MessagesListVerb final : public Verb {
 public:
  const VerbText& text() const override {
    static constexpr VerbText kText{
        "messages list", "List the messages that wait in escrow",
        "Each with its state: waiting (its notice has not left), unread, opened, expired (it can "
        "be "
        "given more time\n"
        "while it is kept), retracted. Who sent it to whom is from the journal; ? where no record "
        "tells. REFERENCE\n"
        "is the short code in the notice and on the portal's page: the one that a recipient reads "
        "out on the phone.\n"
        "What the messages say cannot be seen here: they are sealed to the portal's key. With "
        "--all "
        "also those that\n"
        "are deleted, as far as the journals go back.",
        "phictl messages list --sender lab@clinic.example --state unread --since 2026-11-01"};
    return kText;
  }

  std::vector<Argument> arguments() override {
    return {{"--sender", &filter_.sender, "Only messages of this sender", "ADDRESS", false, {}},
            {"--recipient",
             &filter_.recipient,
             "Only messages to this recipient",
             "ADDRESS",
             false,
             {}},
            {"--state",
             &state_,
             "Only messages in this state",
             "STATE",
             false,
             {"waiting", "unread", "opened", "expired", "retracted"}},
            {"--since",
             &since_,
             "Only messages sent at that time or later: 2026-11-01",
             "TIME",
             false,
             {}},
            {"--all", &all_, "Deleted ones, too", "", false, {}},
            {"--json", &json_, "The same for programs", "", false, {}}};
  }

  Outcome run(const Invocation& invocation) override {
    const auto settings = invocation.settings();
    if (!settings) {
      return report(invocation, settings.error());
    }
    if (!read_time(since_, filter_.since)) {
      return misused(invocation, "--since wants 2026-11-01 or 2026-11-01T08:00:00Z");
    }
    filter_.state = delivery::message_state_from(state_);
    const auto desk = open_messages_desk(*settings, DeskUse::look);
    if (!desk) {
      return report(invocation, desk.error());
    }
    Outcome outcome = Outcome::ok;
    if (desk->journal_fault) {
      outcome = report(invocation, *desk->journal_fault);
    }
    Rows rows;
    for (const auto& [id, row] : desk->rows) {
      if ((all_ || row.entry) && filter_.fits(row)) {
        rows.push_back(&row);
      }
    }
    if (json_) {
      print_json(invocation.out, rows);
    } else if (rows.empty()) {
      invocation.out << "No message waits that fits.\n";
    } else {
      print_table(invocation.out, rows);
    }
    return outcome;
  }

 private:
  delivery::MessageFilter filter_;
  std::string state_, since_;
  bool all_ = false, json_ = false;
};

}  // namespace

std::unique_ptr<Verb> messages_list_verb() {
  return std::make_unique<MessagesListVerb>();
}

}  // namespace phimilter::phictl
