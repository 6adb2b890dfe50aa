// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "base/encoding.h"
#include "escrow/vault.h"
#include "phictl/ownership.h"
#include "phictl/verb.h"

namespace phimilter::phictl {
namespace {

class MessagesRetractVerb final : public Verb {
 public:
  const VerbText& text() const override {
    static constexpr VerbText kText{"messages retract",
                                    "Take a waiting message back before it is read",
                                    "ID is an id or a reference of `phictl messages list`. From "
                                    "this moment on the portal refuses the\n"
                                    "message; it deletes it and writes the record with your name. "
                                    "What a recipient has read or downloaded\n"
                                    "before cannot be taken back.",
                                    "phictl messages retract 7KQ4-M2"};
    return kText;
  }

  std::vector<Argument> arguments() override {
    return {{"ID", &id_, "Id or reference of the message", "", true, {}}};
  }

  Outcome run(const Invocation& invocation) override {
    const auto settings = invocation.settings();
    if (!settings) {
      return report(invocation, settings.error());
    }
    const std::string person = this_person();
    if (auto owner = become_owner_of(settings->escrow_folder); !owner) {
      return report(invocation, owner.error());
    }
    const auto vault =
        escrow::open_vault_writer(settings->escrow_folder, settings->escrow_public_key);
    if (!vault) {
      return report(invocation, vault.error());
    }
    const Timestamp now = system_clock().now();
    const auto entries = (*vault)->list(now);
    if (!entries) {
      return report(invocation, entries.error());
    }
    std::vector<escrow::EntryStatus> named;
    std::copy_if(entries->begin(), entries->end(), std::back_inserter(named),
                 [&](const escrow::EntryStatus& entry) { return is_named(entry); });
    if (named.size() != 1) {
      return report(invocation,
                    configuration_fault(
                        "phictl.message",
                        named.empty() ? "no message has this id or reference; `phictl messages "
                                        "list` shows those that wait"
                                      : "more than one message has this reference; give the "
                                        "id that `phictl messages list` shows")
                        .with("id", id_));
    }
    const EscrowId& id = named.front().id;
    if (named.front().state == escrow::EntryState::retracted) {
      invocation.out << "Message " << id.str() << " is retracted already.\n";
      return Outcome::ok;
    }
    if (auto retracted = (*vault)->retract(id, person, now); !retracted) {
      return report(invocation, retracted.error());
    }
    invocation.out << "Message " << id.str()
                   << " is retracted; the portal refuses it from now on and deletes it.\n";
    return Outcome::ok;
  }

 private:
  bool is_named(const escrow::EntryStatus& entry) const {
    return entry.id.str() == id_ || ascii_iequal(escrow::reference_of(entry.id), id_);
  }

  std::string id_;
};

}  // namespace

std::unique_ptr<Verb> messages_retract_verb() {
  return std::make_unique<MessagesRetractVerb>();
}

}  // namespace phimilter::phictl
