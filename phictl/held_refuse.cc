// SPDX-License-Identifier: Apache-2.0
#include "phictl/held_verb.h"

namespace phimilter::phictl {
namespace {

class HeldRefuseVerb final : public HeldVerb {
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
    return {id_argument(), {"--reason", &reason_, "Why, for the record", "TEXT", true, {}}};
  }

 protected:
  Status act(const Invocation& invocation, const HeldDesk& desk,
             const HeldEntry& entry) const override {
    if (entry.status.state == escrow::EntryState::released) {
      return fail(configuration_fault("phictl.held_released", "the message was released already")
                      .with("id", id()));
    }
    // From here on nobody can release it any more.
    auto vault =
        escrow::open_vault_writer(held_folder(desk.settings), desk.settings.escrow_public_key);
    if (!vault) {
      return fail(vault);
    }
    const EscrowId& id = entry.facts.id;
    if (auto retracted = (*vault)->retract(id, desk.person, system_clock().now()); !retracted) {
      return retracted;
    }
    const auto ended =
        delivery::end_held(desk.parts(), id, {audit::Event::held_refused, desk.person, reason_});
    if (!ended) {
      return fail(ended.error());
    }
    invocation.out << "Message " << id.str() << " is refused and deleted.\n";
    if (!ended->empty()) {
      invocation.out << "Tell the sender yourself: " << *ended << ".\n";
    }
    return {};
  }

 private:
  std::string reason_;
};

}  // namespace

std::unique_ptr<Verb> held_refuse_verb() {
  return std::make_unique<HeldRefuseVerb>();
}

}  // namespace phimilter::phictl
