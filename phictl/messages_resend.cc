// SPDX-License-Identifier: Apache-2.0
//
// `messages resend`. The portal mails a notice again, since its link stands in the entry. Of an
// entry that is bound to its link, the link is sealed to the recovery key alone: it is read here,
// mailed from here, and never put down anywhere.
#include "delivery/repeat_notice.h"
#include "escrow/orders.h"
#include "escrow/seal_keys.h"
#include "phictl/messages_change.h"

namespace phimilter::phictl {
namespace {

using delivery::MessageRow;
using delivery::MessageState;

class ResendVerb final : public ChangeVerb {
 public:
  const VerbText& text() const override {
    static constexpr VerbText kText{
        "messages resend", "Mail the notice of a message again",
        "The portal mails it within seconds, with the same link; `phictl messages show` then says "
        "when. An expired\n"
        "message must be extended first.\n"
        "A message that is bound to its link (escrow.bind_to_link) needs the private half of "
        "escrow.recovery_key, which\n"
        "`phictl setup recovery` made and which lies offline: bring it to the portal's host for as "
        "long as this takes, and\n"
        "run it as root, who can read portal.private_key and portal.pepper, too. phictl then mails "
        "the notice "
        "itself, "
        "and writes the link\n"
        "nowhere.",
        "sudo phictl messages resend 7KQ4-M2P9 --recovery-key /media/safe/recovery.key"};
    return kText;
  }

  std::vector<Argument> arguments() override {
    auto all = ChangeVerb::arguments();
    all.push_back({"--recovery-key",
                   &recovery_file_,
                   "Private key that opens the link of a message which is bound to it",
                   "FILE",
                   false,
                   {}});
    return all;
  }

 private:
  DeskUse use() const override { return recovery_file_.empty() ? DeskUse::order : DeskUse::change; }

  Status prepare(const Settings& settings) override {
    if (recovery_file_.empty()) {
      return {};
    }
    auto recovery = escrow::read_private_keys(recovery_file_);
    if (!recovery) {
      return fail(recovery);
    }
    // Without it the notice would name the day before the message was given more time.
    auto act_key = read_act_key(settings);
    if (!act_key) {
      return fail(act_key);
    }
    auto vault = escrow::open_vault_reader(settings.escrow_folder, settings.portal_private_key,
                                           std::move(*act_key));
    if (!vault) {
      return fail(vault);
    }
    recovery_ = std::move(*recovery);
    vault_ = std::move(*vault);
    return {};
  }

  Result<std::string> change(const MessagesDesk& desk, const MessageRow& row) override {
    if (row.state() == MessageState::expired) {
      return fail(cannot("the message has expired: `phictl messages extend` first", row));
    }
    if (row.state() == MessageState::retracted) {
      return fail(cannot("the message was taken back", row));
    }
    if (row.entry->bound && recovery_file_.empty()) {
      return fail(
          cannot("the message is bound to its link, which only the notice that left has: "
                 "give --recovery-key FILE, the private half of escrow.recovery_key; "
                 "without one, have the message sent again",
                 row));
    }
    if (!row.entry->bound && !recovery_file_.empty()) {
      return fail(cannot("the message is not bound to its link: leave --recovery-key out", row));
    }
    return row.entry->bound ? mail_bound(desk, row) : order(desk, row);
  }

  static Result<std::string> order(const MessagesDesk& desk, const MessageRow& row) {
    const escrow::Order order{row.id, escrow::OrderKind::resend, desk.person, system_clock().now()};
    if (auto given = escrow::give_order(desk.settings.escrow_folder, order); !given) {
      return fail(given);
    }
    return std::string("has its notice mailed again by the portal within seconds.");
  }

  Result<std::string> link_of(const MessageRow& row) {
    Result<std::string> link = fail(cannot("the recovery key's file holds no key", row));
    for (const escrow::KeyPair& pair : recovery_) {
      link = vault_->recover_link(row.id, pair);
      if (link || link.error().id != "escrow.other_recovery_key") {
        break;
      }
    }
    if (link && escrow::id_of_link_secret(*link) != row.id) {
      return fail(
          cannot("what the recovery key opens is not the link of this message: its file "
                 "was changed",
                 row));
    }
    return link;
  }

  Result<std::string> mail_bound(const MessagesDesk& desk, const MessageRow& row) {
    auto facts = vault_->facts(row.id);
    auto link = facts ? link_of(row) : Result<std::string>(fail(facts.error()));
    if (!link) {
      return fail(link);
    }
    facts->link_secret = std::move(*link);
    // First: no use of the recovery key is without a trace, whenever this is killed.
    if (auto begun = record_change(desk, row, audit::Event::resent,
                                   "with the recovery key: begun, not yet mailed");
        !begun) {
      return fail(begun);
    }
    const Status mailed = delivery::repeat_notice(desk.settings, *facts, protect::NoticeKind::first,
                                                  system_clock().now());
    const bool in_doubt = !mailed && mailed.error().id == "smtp.in_doubt";
    if (!mailed && !in_doubt) {
      return fail(mailed.error());
    }
    if (auto recorded = record_change(desk, row, audit::Event::resent, "with the recovery key");
        !recorded) {
      return fail(recorded);
    }
    return std::string(in_doubt ? "has its notice mailed again, perhaps: the connection was lost "
                                  "while the mail server took it."
                                : "has its notice mailed again.");
  }

  std::string recovery_file_;
  escrow::KeyRing recovery_;
  std::unique_ptr<escrow::VaultReader> vault_;
};

}  // namespace

std::unique_ptr<Verb> messages_resend_verb() {
  return std::make_unique<ResendVerb>();
}

}  // namespace phimilter::phictl
