// SPDX-License-Identifier: Apache-2.0
//
// `messages retract`, `extend` and `unlock`.
#include <charconv>

#include "phictl/messages_change.h"

namespace phimilter::phictl {
namespace {

using delivery::MessageRow;
using delivery::MessageState;

class RetractVerb final : public ChangeVerb {
 public:
  const VerbText& text() const override {
    static constexpr VerbText kText{
        "messages retract", "Take a waiting message back",
        "ID is an id or a reference of `phictl messages list`. From this moment on the portal "
        "refuses the message; it\n"
        "deletes it and writes the record with your name. Says whether and when it had been seen: "
        "what a recipient has\n"
        "read or saved before cannot be taken back.",
        "phictl messages retract 7KQ4-M2P9"};
    return kText;
  }

 private:
  Result<std::string> change(const MessagesDesk& desk, const MessageRow& row) override {
    const auto shown = row.first(audit::Event::shown);
    const std::string seen =
        shown                ? " It had been shown before, first on " + for_people(*shown) + "."
        : desk.journal_fault ? " Whether it had been seen cannot be told: the journals "
                               "cannot be read."
                             : " Nobody had seen it.";
    if (row.state() == MessageState::retracted) {
      return "is retracted already." + seen;
    }
    if (auto done = desk.vault->retract(row.id, desk.person, system_clock().now()); !done) {
      return fail(done);
    }
    return "is retracted; the portal refuses it from now on and deletes it." + seen;
  }
};

class ExtendVerb final : public ChangeVerb {
 public:
  const VerbText& text() const override {
    static constexpr VerbText kText{
        "messages extend", "Give a message more time, also after it has expired",
        "For who may read portal.pepper. The link stays the same. An expired message can be "
        "extended as long as it is\n"
        "kept (escrow.retention_days). --days counts from today; --until is a day, and it ends "
        "when that day begins, UTC.\n"
        "Your name stands in the record.",
        "sudo phictl messages extend 7KQ4-M2P9 --days 30"};
    return kText;
  }

  std::vector<Argument> arguments() override {
    auto all = ChangeVerb::arguments();
    all.push_back({"--days", &days_, "So many days from now", "N", false, {}});
    all.push_back({"--until", &until_, "Until then: 2027-01-31", "TIME", false, {}});
    return all;
  }

 private:
  DeskUse use() const override { return DeskUse::change_signed; }

  std::string misuse() override {
    if (days_.empty() == until_.empty()) {
      return "give --days or --until";
    }
    if (!until_.empty()) {
      return read_time(until_, expires_) ? "" : "--until wants 2027-01-31 or 2027-01-31T08:00:00Z";
    }
    int days = 0;
    const auto [end, error] = std::from_chars(days_.data(), days_.data() + days_.size(), days);
    if (error != std::errc() || end != days_.data() + days_.size() || days < 1 || days > 3653) {
      return "--days wants a number from 1 to 3653";
    }
    expires_ = system_clock().now() + std::chrono::hours(24 * days);
    return {};
  }

  Result<std::string> change(const MessagesDesk& desk, const MessageRow& row) override {
    const escrow::Extension extension{{desk.person, system_clock().now()}, *expires_};
    if (*expires_ <= row.entry->expires) {
      return fail(cannot("the message can be read that long already", row));
    }
    if (auto allowed = escrow::may_be_extended(*row.entry, extension); !allowed) {
      return fail(allowed);
    }
    if (auto recorded =
            record_change(desk, row, audit::Event::extended, "until " + rfc3339(*expires_));
        !recorded) {
      return fail(recorded);
    }
    if (auto done = desk.vault->extend(row.id, extension, desk.act_key); !done) {
      return fail(done);
    }
    return "can be read until " + for_people(*expires_) + ".";
  }

  std::string days_, until_;
  std::optional<Timestamp> expires_;
};

class UnlockVerb final : public ChangeVerb {
 public:
  const VerbText& text() const override {
    static constexpr VerbText kText{
        "messages unlock", "Lift the lock that wrong answers have put on a message",
        "For who may read portal.pepper. The portal does it within seconds and writes the record "
        "with your name. Make\n"
        "sure that it is the recipient who asks.",
        "sudo phictl messages unlock 7KQ4-M2P9"};
    return kText;
  }

 private:
  DeskUse use() const override { return DeskUse::change_signed; }

  Result<std::string> change(const MessagesDesk& desk, const MessageRow& row) override {
    const escrow::Act act{desk.person, system_clock().now()};
    if (auto asked = desk.vault->ask_unlock(row.id, act, desk.act_key); !asked) {
      return fail(asked);
    }
    return std::string("is unlocked by the portal within seconds.");
  }
};

}  // namespace

Fault ChangeVerb::cannot(std::string text, const MessageRow& row) {
  return configuration_fault("phictl.message", std::move(text)).with("id", row.id.str());
}

Outcome ChangeVerb::run(const Invocation& invocation) {
  const auto settings = invocation.settings();
  if (!settings) {
    return report(invocation, settings.error());
  }
  if (const std::string wrong = misuse(); !wrong.empty()) {
    return misused(invocation, wrong);
  }
  if (auto prepared = prepare(*settings); !prepared) {
    return report(invocation, prepared.error());
  }
  const auto desk = open_messages_desk(*settings, use());
  if (!desk) {
    return report(invocation, desk.error());
  }
  const auto row = find_message(*desk, id_);
  if (!row) {
    return report(invocation, row.error());
  }
  if (!row->entry) {
    return report(invocation, cannot("the message is deleted", *row));
  }
  const auto done = change(*desk, *row);
  if (!done) {
    return report(invocation, done.error());
  }
  invocation.out << "Message " << row->id.str() << " " << *done << "\n";
  return Outcome::ok;
}

std::unique_ptr<Verb> messages_retract_verb() {
  return std::make_unique<RetractVerb>();
}
std::unique_ptr<Verb> messages_extend_verb() {
  return std::make_unique<ExtendVerb>();
}
std::unique_ptr<Verb> messages_unlock_verb() {
  return std::make_unique<UnlockVerb>();
}

}  // namespace phimilter::phictl
