// SPDX-License-Identifier: Apache-2.0
#include "phictl/messages_desk.h"

#include <array>
#include <utility>

#include "base/files.h"
#include "escrow/orders.h"
#include "phictl/held_desk.h"
#include "phictl/journals.h"
#include "phictl/ownership.h"

namespace phimilter::phictl {
namespace {

using audit::Event;

constexpr std::size_t kPepperBytes = 32;

Status read_journals(const Settings& settings, delivery::MessageRows& rows) {
  const auto journals = journals_of(settings);
  if (!journals) {
    return fail(journals.error());
  }
  return each_record(*journals,
                     [&rows](const audit::Record& record) { delivery::note_record(rows, record); });
}

constexpr std::array<std::pair<Event, std::string_view>, 19> kWords = {{
    {Event::noticed, "the notice left"},
    {Event::fetched, "the link was looked up, by a person or a machine; nothing was opened"},
    {Event::challenged, "a proof was asked for"},
    {Event::verified, "the proof was given"},
    {Event::refused, "a wrong answer was given"},
    {Event::locked, "locked after too many wrong answers"},
    {Event::shown, "it was shown"},
    {Event::downloaded, "a file was saved"},
    {Event::replied, "the recipient replied"},
    {Event::retracted, "retracted"},
    {Event::expired, "expired"},
    {Event::extended, "given more time"},
    {Event::resent, "the notice was mailed again"},
    {Event::unlocked, "unlocked"},
    {Event::asked_again, "the recipient asked for it to be sent again"},
    {Event::reminded, "the recipient was reminded"},
    {Event::sender_told, "the sender was told"},
    {Event::failed, "failed"},
    {Event::destroyed, "destroyed"},
}};

}  // namespace

Result<MessagesDesk> open_messages_desk(const Settings& settings, DeskUse use) {
  MessagesDesk desk;
  desk.settings = settings;
  desk.person = this_person();
  if (use == DeskUse::change_signed) {
    auto key = read_act_key(settings);
    if (!key) {
      return fail(key);
    }
    desk.act_key = std::move(*key);
  }
  // A list without names is still worth having, with a word about why.
  if (auto read = read_journals(settings, desk.rows); !read) {
    desk.journal_fault = std::move(read.error());
  }
  if (use == DeskUse::order) {
    if (auto owner = become_owner_of(escrow::orders_folder(settings.escrow_folder)); !owner) {
      return fail(owner);
    }
  } else if (use != DeskUse::look) {
    if (auto owner = become_owner_of(settings.escrow_folder); !owner) {
      return fail(owner);
    }
    auto journal = open_own_journal(settings);
    if (!journal) {
      return fail(journal);
    }
    desk.journal = std::move(*journal);
  }
  auto vault = escrow::open_vault_writer(settings.escrow_folder, settings.escrow_public_key);
  if (!vault) {
    return fail(vault);
  }
  desk.vault = std::move(*vault);
  const auto entries = desk.vault->list(system_clock().now());
  if (!entries) {
    return fail(entries.error());
  }
  for (const escrow::EntryStatus& entry : *entries) {
    delivery::note_entry(desk.rows, entry);
  }
  if (entries->empty() && desk.rows.empty()) {
    desk.journal_fault.reset();
  }
  return desk;
}

Result<Secret> read_act_key(const Settings& settings) {
  const auto pepper = read_secret_file(settings.portal_pepper, kPepperBytes);
  return pepper ? Result<Secret>(escrow::act_key(*pepper)) : fail(pepper.error());
}

Result<delivery::MessageRow> find_message(const MessagesDesk& desk, const std::string& name) {
  const auto named = delivery::named_rows(desk.rows, name);
  if (named.size() != 1) {
    return fail(configuration_fault(
                    "phictl.message",
                    named.empty() ? "no message has this id or reference; `phictl messages list "
                                    "--all` shows those that there are"
                                  : "more than one message has this reference; give the id that "
                                    "`phictl messages list` shows")
                    .with("id", name));
  }
  return *named.front();
}

Status record_change(const MessagesDesk& desk, const delivery::MessageRow& row, audit::Event event,
                     const std::string& note) {
  audit::Record record;
  record.event = event;
  record.queue_id = row.queue_id;
  record.sender = row.sender;
  record.login = desk.person;
  audit::RecipientRecord recipient;
  recipient.address = row.recipient;
  recipient.method = "portal";
  recipient.escrow_id = row.id.str();
  recipient.status = std::string(audit::to_string(event));
  recipient.reasons.push_back(note);
  record.recipients.push_back(std::move(recipient));
  auto written = desk.journal->append(record);
  return written ? Status() : fail(written);
}

std::string event_words(const delivery::MessageEvent& event) {
  std::string words(audit::to_string(event.event));
  for (const auto& [known, said] : kWords) {
    if (known == event.event) {
      words = said;
    }
  }
  words += event.note.empty() ? "" : " (" + event.note + ")";
  return event.person.empty() ? words : words + ", by " + event.person;
}

bool read_time(const std::string& text, std::optional<Timestamp>& time) {
  if (text.empty()) {
    return true;
  }
  const auto parsed = parse_rfc3339(text.size() == 10 ? text + "T00:00:00Z" : text);
  if (parsed) {
    time = *parsed;
  }
  return parsed.has_value();
}

}  // namespace phimilter::phictl
