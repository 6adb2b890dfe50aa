// SPDX-License-Identifier: Apache-2.0
#include "delivery/release.h"
#include "delivery/submission.h"
#include "phictl/held_submission.h"
#include "phictl/held_verb.h"

namespace phimilter::phictl {
namespace {

using escrow::EntryState;

Fault cannot(std::string text, const std::string& id) {
  return configuration_fault("phictl.held_release", std::move(text)).with("id", id);
}

class HeldReleaseVerb final : public HeldVerb {
 public:
  const VerbText& text() const override {
    static constexpr VerbText kText{
        "held release", "Let a held message go, protected for its recipient",
        "For who may read portal.private_key and escrow.link_key. The message goes to "
        "hold.listener "
        "and is decided there\n"
        "once more as if the rule that held it said protect, so that it leaves by the strongest "
        "method its recipient can\n"
        "read, once. --clear lets it leave as it came, where hold.clear allows that and nothing "
        "specially protected was\n"
        "found. Your name and the reason stand in the journal. What stopped half-way goes on when "
        "you say it again.",
        "sudo phictl held release 7KQ4-M2 --reason 'checked with Dr. Lee'"};
    return kText;
  }

  std::vector<Argument> arguments() override {
    return {id_argument(),
            {"--reason", &reason_, "Why, for the record", "TEXT", true, {}},
            {"--clear", &clear_, "Without protection", "", false, {}}};
  }

 protected:
  Status act(const Invocation& invocation, const HeldDesk& desk,
             const HeldEntry& entry) const override {
    auto released = release(desk, entry);
    if (released) {
      invocation.out << "Message " << entry.facts.id.str() << " is released.\n";
    }
    return released;
  }

 private:
  Status release(const HeldDesk& desk, const HeldEntry& entry) const {
    auto may = may_be_released(desk, entry);
    if (may && entry.status.state != EntryState::released) {
      may = submit_held(desk, entry.facts, clear_);
    }
    if (!may) {
      return may;
    }
    const std::string how = clear_ ? "in the clear: " : "";
    auto recorded = delivery::record_held(*desk.journal, entry.facts,
                                          {audit::Event::released, desk.person, how + reason_});
    if (!recorded) {
      return recorded;
    }
    const auto removed = desk.vault->remove(entry.facts.id);
    return removed ? Status() : fail(removed.error());
  }

  Status may_be_released(const HeldDesk& desk, const HeldEntry& entry) const {
    switch (entry.status.state) {
      case EntryState::waiting_for_notice:
        return fail(cannot("the filter is still busy with holding this message", id()));
      case EntryState::expired:
        return fail(cannot("the message has expired and is being deleted", id()));
      case EntryState::retracted:
        return fail(cannot("the message is refused already", id()));
      case EntryState::open:
      case EntryState::released:
        break;
    }
    if (clear_ && !desk.settings.hold_clear) {
      return fail(cannot("hold.clear does not allow to release without protection", id()));
    }
    if (clear_ && entry.facts.sensitive) {
      return fail(cannot("specially protected content never leaves without protection", id()));
    }
    return {};
  }

  std::string reason_;
  bool clear_ = false;
};

}  // namespace

std::unique_ptr<Verb> held_release_verb() {
  return std::make_unique<HeldReleaseVerb>();
}

}  // namespace phimilter::phictl
