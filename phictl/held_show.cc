// SPDX-License-Identifier: Apache-2.0
#include "phictl/held_verb.h"

namespace phimilter::phictl {
namespace {

class StreamSink final : public mail::ByteSink {
 public:
  explicit StreamSink(std::ostream& out) : out_(out) {}
  Status write(std::string_view bytes) override {
    out_.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    return out_.good() ? Status()
                       : fail(transient_fault("phictl.output", "the message cannot be written"));
  }

 private:
  std::ostream& out_;
};

class HeldShowVerb final : public HeldVerb {
 public:
  const VerbText& text() const override {
    static constexpr VerbText kText{
        "held show", "Print a held message as it came",
        "For who may read portal.private_key. Before a byte is printed it is written into the "
        "journal who read it, when\n"
        "and, with --reason, why.",
        "sudo phictl held show 7KQ4-M2 --reason 'asked by the sender'"};
    return kText;
  }

  std::vector<Argument> arguments() override {
    return {id_argument(),
            {"--reason", &reason_, "Why it is read, for the record", "TEXT", false, {}}};
  }

 protected:
  Status act(const Invocation& invocation, const HeldDesk& desk,
             const HeldEntry& entry) const override {
    auto recorded = delivery::record_held(*desk.journal, entry.facts,
                                          {audit::Event::held_shown, desk.person, reason_});
    if (!recorded) {
      return recorded;
    }
    StreamSink out(invocation.out);
    return desk.vault->read_message(entry.facts.id, out);
  }

 private:
  std::string reason_;
};

}  // namespace

std::unique_ptr<Verb> held_show_verb() {
  return std::make_unique<HeldShowVerb>();
}

}  // namespace phimilter::phictl
