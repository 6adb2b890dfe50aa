// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "phictl/messages_desk.h"
#include "phictl/verb.h"

namespace phimilter::phictl {
namespace {

void print_json(std::ostream& out, const delivery::MessageRow& row) {
  auto events = nlohmann::ordered_json::array();
  for (const delivery::MessageEvent& event : row.events) {
    events.push_back({{"time", rfc3339(event.at)},
                      {"event", audit::to_string(event.event)},
                      {"by", event.person},
                      {"note", event.note}});
  }
  const nlohmann::ordered_json all = {{"id", row.id.str()},
                                      {"reference", row.reference()},
                                      {"state", delivery::to_string(row.state())},
                                      {"created", rfc3339(row.created())},
                                      {"expires", row.entry ? rfc3339(row.entry->expires) : ""},
                                      {"sender", row.sender},
                                      {"recipient", row.recipient},
                                      {"queue_id", row.queue_id},
                                      {"events", events}};
  out << all.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
}

void print_text(std::ostream& out, const delivery::MessageRow& row) {
  const auto known = [](const std::string& text) { return text.empty() ? "?" : text; };
  write_table(out, {{"Message", row.id.str()},
                    {"Reference", row.reference()},
                    {"From", known(row.sender)},
                    {"To", known(row.recipient)},
                    {"Sent", for_people(row.created())},
                    {"Expires", row.entry ? for_people(row.entry->expires) : "it is deleted"},
                    {"State", std::string(delivery::to_string(row.state()))},
                    {"Queue id", known(row.queue_id)}});
  out << "\n";
  for (const delivery::MessageEvent& event : row.events) {
    out << for_people(event.at) << "  " << event_words(event) << "\n";
  }
  if (row.events.empty()) {
    out << "Nothing has happened to it yet.\n";
  }
}

class MessagesShowVerb final : public Verb {
 public:
  const VerbText& text() const override {
    static constexpr VerbText kText{
        "messages show", "Show what happened to one message of the portal",
        "Every event with its time, from the journals: the notice left, the link was looked up (by "
        "a person or a\n"
        "machine: that opens nothing), a proof was asked for and given, it was shown, a file was "
        "saved; and what people\n"
        "did, with their names. ID is an id or a reference.",
        "phictl messages show 7KQ4-M2P9"};
    return kText;
  }

  std::vector<Argument> arguments() override {
    return {{"ID", &id_, "Id or reference of the message", "", true, {}},
            {"--json", &json_, "The same for programs", "", false, {}}};
  }

  Outcome run(const Invocation& invocation) override {
    const auto settings = invocation.settings();
    if (!settings) {
      return report(invocation, settings.error());
    }
    const auto desk = open_messages_desk(*settings, DeskUse::look);
    if (!desk) {
      return report(invocation, desk.error());
    }
    const auto row = find_message(*desk, id_);
    if (!row) {
      return report(invocation, row.error());
    }
    Outcome outcome = Outcome::ok;
    if (desk->journal_fault) {
      outcome = report(invocation, *desk->journal_fault);
    }
    if (json_) {
      print_json(invocation.out, *row);
    } else {
      print_text(invocation.out, *row);
    }
    return outcome;
  }

 private:
  std::string id_;
  bool json_ = false;
};

}  // namespace

std::unique_ptr<Verb> messages_show_verb() {
  return std::make_unique<MessagesShowVerb>();
}

}  // namespace phimilter::phictl
