// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "escrow/vault.h"
#include "phictl/journals.h"
#include "phictl/verb.h"

namespace phimilter::phictl {
namespace {

using Waiting = std::map<std::string, WaitingMessage>;

void print_json(std::ostream& out, const std::vector<escrow::EntryStatus>& entries,
                const Waiting& waiting) {
  auto list = nlohmann::ordered_json::array();
  for (const escrow::EntryStatus& entry : entries) {
    const auto known = waiting.find(entry.id.str());
    const WaitingMessage message = known != waiting.end() ? known->second : WaitingMessage{};
    list.push_back({{"id", entry.id.str()},
                    {"reference", escrow::reference_of(entry.id)},
                    {"state", escrow::to_string(entry.state)},
                    {"created", rfc3339(entry.created)},
                    {"expires", rfc3339(entry.expires)},
                    {"bytes", entry.size},
                    {"sender", message.sender},
                    {"recipient", message.recipient},
                    {"queue_id", message.queue_id}});
  }
  out << list.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
}

void print_table(std::ostream& out, const std::vector<escrow::EntryStatus>& entries,
                 const Waiting& waiting) {
  std::vector<std::vector<std::string>> rows = {
      {"ID", "REFERENCE", "STATE", "CREATED", "EXPIRES", "SENDER", "RECIPIENT"}};
  for (const escrow::EntryStatus& entry : entries) {
    const auto known = waiting.find(entry.id.str());
    const WaitingMessage message =
        known != waiting.end() ? known->second : WaitingMessage{"?", "?", ""};
    rows.push_back({entry.id.str(), escrow::reference_of(entry.id),
                    std::string(escrow::to_string(entry.state)), for_people(entry.created),
                    for_people(entry.expires), message.sender, message.recipient});
  }
  write_table(out, rows);
}

class MessagesListVerb final : public Verb {
 public:
  const VerbText& text() const override {
    static constexpr VerbText kText{"messages list", "List the messages that wait in escrow",
                                    "Each with its state (waiting for its notice, open, expired, "
                                    "retracted), when it goes, and from the\n"
                                    "journal who sent it to whom; ? where no record tells. "
                                    "REFERENCE is the short code that stands in the\n"
                                    "notice and on the portal's page: the one that a recipient "
                                    "reads out on the phone. What the messages\n"
                                    "say cannot be seen here: they are sealed to the portal's key.",
                                    "phictl messages list"};
    return kText;
  }

  std::vector<Argument> arguments() override {
    return {{"--json", &json_, "The same for programs", "", false, {}}};
  }

  Outcome run(const Invocation& invocation) override {
    const auto settings = invocation.settings();
    if (!settings) {
      return report(invocation, settings.error());
    }
    const auto vault =
        escrow::open_vault_writer(settings->escrow_folder, settings->escrow_public_key);
    if (!vault) {
      return report(invocation, vault.error());
    }
    const auto entries = (*vault)->list(system_clock().now());
    if (!entries) {
      return report(invocation, entries.error());
    }
    Outcome outcome = Outcome::ok;
    Waiting waiting;
    // A list without names is still worth having, with a word about why.
    const auto journals = journals_of(*settings);
    auto told = journals ? waiting_messages(*journals) : Result<Waiting>(fail(journals.error()));
    if (told) {
      waiting = std::move(*told);
    } else if (!entries->empty()) {
      outcome = report(invocation, told.error());
    }
    if (json_) {
      print_json(invocation.out, *entries, waiting);
    } else if (entries->empty()) {
      invocation.out << "No message waits.\n";
    } else {
      print_table(invocation.out, *entries, waiting);
    }
    return outcome;
  }

 private:
  bool json_ = false;
};

}  // namespace

std::unique_ptr<Verb> messages_list_verb() {
  return std::make_unique<MessagesListVerb>();
}

}  // namespace phimilter::phictl
