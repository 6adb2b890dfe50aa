// SPDX-License-Identifier: Apache-2.0
#include <map>
#include <nlohmann/json.hpp>

#include "escrow/vault_files.h"
#include "phictl/held_desk.h"
#include "phictl/journals.h"
#include "phictl/verb.h"

namespace phimilter::phictl {
namespace {

// What the filter wrote down when it held a message, by entry.
using Records = std::map<std::string, audit::Record>;

// One word for people; nullptr: nothing that a person could decide about any more.
const char* word_for(escrow::EntryState state) {
  switch (state) {
    case escrow::EntryState::waiting_for_notice:
      return "being held";
    case escrow::EntryState::open:
      return "held";
    case escrow::EntryState::expired:
      return "expired";
    case escrow::EntryState::retracted:
      return "refused";
    case escrow::EntryState::released:
      return "released";
  }
  return "held";
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) {
    text += (text.empty() ? "" : ", ") + word;
  }
  return text.empty() ? "-" : text;
}

Result<Records> held_records(const Settings& settings,
                             const std::vector<escrow::EntryStatus>& entries) {
  Records records;
  auto read = each_record({settings.audit_journal}, [&records](const audit::Record& record) {
    if (record.event == audit::Event::held && !record.recipients.empty()) {
      records.insert_or_assign(record.recipients.front().escrow_id, record);
    }
  });
  if (!read) {
    return fail(read);
  }
  std::erase_if(records, [&entries](const auto& record) {
    return std::none_of(entries.begin(), entries.end(), [&](const escrow::EntryStatus& entry) {
      return entry.id.str() == record.first;
    });
  });
  return records;
}

audit::Record record_of(const Records& records, const EscrowId& id) {
  const auto found = records.find(id.str());
  if (found != records.end()) {
    return found->second;
  }
  audit::Record none;
  none.recipients.emplace_back();
  return none;
}

void print_json(std::ostream& out, const std::vector<escrow::EntryStatus>& entries,
                const Records& records) {
  auto list = nlohmann::ordered_json::array();
  for (const escrow::EntryStatus& entry : entries) {
    const audit::Record record = record_of(records, entry.id);
    list.push_back({{"id", entry.id.str()},
                    {"reference", escrow::reference_of(entry.id)},
                    {"state", word_for(entry.state)},
                    {"held", rfc3339(entry.created)},
                    {"expires", rfc3339(entry.expires)},
                    {"sender", record.sender},
                    {"login", record.login},
                    {"recipient", record.recipients.front().address},
                    {"rules", record.rules},
                    {"reasons", record.recipients.front().reasons},
                    {"bytes", record.size},
                    {"queue_id", record.queue_id}});
  }
  out << list.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
}

void print_table(std::ostream& out, const std::vector<escrow::EntryStatus>& entries,
                 const Records& records) {
  std::vector<std::vector<std::string>> rows = {
      {"ID", "STATE", "HELD", "EXPIRES", "BYTES", "SENDER", "RECIPIENT", "RULES"}};
  for (const escrow::EntryStatus& entry : entries) {
    const audit::Record record = record_of(records, entry.id);
    const std::string& recipient = record.recipients.front().address;
    rows.push_back({entry.id.str(), word_for(entry.state), for_people(entry.created),
                    for_people(entry.expires), std::to_string(record.size),
                    record.sender.empty() ? "-" : record.sender,
                    recipient.empty() ? "?" : recipient, joined(record.rules)});
  }
  write_table(out, rows);
}

class HeldListVerb final : public Verb {
 public:
  const VerbText& text() const override {
    static constexpr VerbText kText{
        "held list", "List the messages that wait for a person to release or refuse them",
        "Each with when it was held, when it goes, and from the journal who sent it to whom and "
        "which rule held it;\n"
        "? where no record tells. What the messages say cannot be seen here. `being held`: the "
        "filter is not done with\n"
        "it. `released` and `refused`: decided, and about to be deleted.",
        "phictl held list"};
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
    const auto entries =
        escrow::list_entries(held_folder(*settings), system_clock().now(),
                             [&](const Fault& fault) { report(invocation, fault); });
    if (!entries) {
      return report(invocation, entries.error());
    }
    Outcome outcome = Outcome::ok;
    Records records;
    if (!entries->empty()) {
      auto told = held_records(*settings, *entries);
      if (told) {
        records = std::move(*told);
      } else {
        outcome = report(invocation, told.error());
      }
    }
    if (json_) {
      print_json(invocation.out, *entries, records);
    } else if (entries->empty()) {
      invocation.out << "Nothing is held.\n";
    } else {
      print_table(invocation.out, *entries, records);
    }
    return outcome;
  }

 private:
  bool json_ = false;
};

}  // namespace

std::unique_ptr<Verb> held_list_verb() {
  return std::make_unique<HeldListVerb>();
}

}  // namespace phimilter::phictl
