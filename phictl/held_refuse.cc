// SPDX-License-Identifier: Apache-2.0
#include "phictl/held_desk.h"
#include "phictl/verb.h"

namespace phimilter::phictl {
namespace {

class HeldRefuseVerb final : public Verb {
 public:
  const VerbText& text() const override {
    static constexpr VerbText kText{
        "held refuse", "Refuse a held message: its sender is told, and it is deleted",
        "For who may read portal.private_key. The sender gets a notice that says that the message "
        "was refused and holds\n"
        "nothing of it, not even the reason; the reason and your name stand in the journal. What "
        "stopped half-way goes on\n"
        "when you say it again.",
        "sudo phictl held refuse 7KQ4-M2 --reason 'wrong recipient'"};
    return kText;
  }

  std::vector<Argument> arguments() override {
    return {{"ID", &id_, "Id or reference of the message", "", true, {}},
            {"--reason", &reason_, "Why, for the record", "TEXT", true, {}}};
  }

  Outcome run(const Invocation& invocation) override {
    const auto settings = invocation.settings();
    if (!settings) {
      return report(invocation, settings.error());
    }
    auto desk = open_held_desk(*settings);
    if (!desk) {
      return report(invocation, desk.error());
    }
    const auto entry = find_held(*desk, id_);
    if (!entry) {
      return report(invocation, entry.error());
    }
    if (entry->status.state == escrow::EntryState::released) {
      return report(invocation,
                    configuration_fault("phictl.held_released", "the message was released already")
                        .with("id", id_));
    }
    // From here on nobody can release it any more.
    auto vault = escrow::open_vault_writer(held_folder(*settings), settings->escrow_public_key);
    if (!vault) {
      return report(invocation, vault.error());
    }
    const EscrowId& id = entry->facts.id;
    auto refused = (*vault)->retract(id, desk->person, system_clock().now());
    if (refused) {
      refused = delivery::end_held(desk->parts(), id,
                                   {audit::Event::held_refused, desk->person, reason_});
    }
    if (!refused) {
      return report(invocation, refused.error());
    }
    invocation.out << "Message " << id.str() << " is refused and deleted.\n";
    return Outcome::ok;
  }

 private:
  std::string id_, reason_;
};

}  // namespace

std::unique_ptr<Verb> held_refuse_verb() {
  return std::make_unique<HeldRefuseVerb>();
}

}  // namespace phimilter::phictl
