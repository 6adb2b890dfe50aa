// SPDX-License-Identifier: Apache-2.0
//
// `recipients alias`: a person's other addresses, or the people behind a shared mailbox.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/files.h"
#include "escrow/attached.h"
#include "phictl/held_desk.h"
#include "phictl/ownership.h"
#include "phictl/recipient_folder.h"
#include "phictl/verb.h"

namespace phimilter::phictl {
namespace {

using escrow::AttachedAddresses;
using escrow::AttachedPair;
using escrow::Attachment;

struct Pair {
  mail::Address recipient, other;
  std::string person;  // who says so
};

Status write_down(const Settings& settings, const Pair& pair, const std::string& status) {
  auto journal = open_own_journal(settings);
  if (!journal) {
    return fail(journal);
  }
  audit::Record record;
  record.event = audit::Event::recipient_changed;
  record.login = pair.person;
  audit::RecipientRecord recipient;
  recipient.address = pair.recipient.spelled();
  recipient.status = status;
  recipient.reasons.push_back("alias " + pair.other.spelled());
  record.recipients.push_back(std::move(recipient));
  auto written = (*journal)->append(record);
  return written ? Status() : fail(written);
}

class AliasChangeVerb : public Verb {
 public:
  std::vector<Argument> arguments() override {
    return {{"RECIPIENT", &recipient_, "To whom the messages are sent", "", true, {}},
            {"ALIAS", &other_, "Who may open them, too", "", true, {}}};
  }

  Outcome run(const Invocation& invocation) final {
    const auto settings = invocation.settings();
    const auto pair = parsed();
    if (!settings || !pair) {
      return report(invocation, settings ? pair.error() : settings.error());
    }
    if (settings->escrow_folder.empty()) {
      return report(invocation,
                    configuration_fault("phictl.escrow",
                                        "escrow.folder is not set, so there is no place for "
                                        "recipients' entries; set it first"));
    }
    const auto said = change(*settings, *pair);
    if (!said) {
      return report(invocation, said.error());
    }
    invocation.out << pair->other.spelled() << " " << *said << " " << pair->recipient.spelled()
                   << "\n";
    return Outcome::ok;
  }

 protected:
  // What to say between the two addresses.
  virtual Result<std::string> changed(const Settings& settings, const AttachedAddresses& attached,
                                      const Pair& pair, std::optional<Attachment> kind) = 0;

 private:
  Result<Pair> parsed() const {
    auto recipient = mail::Address::parse(recipient_);
    auto other = mail::Address::parse(other_);
    if (!recipient || !other) {
      return fail(recipient ? other.error() : recipient.error());
    }
    return Pair{std::move(*recipient), std::move(*other), this_person()};
  }

  Result<std::string> change(const Settings& settings, const Pair& pair) {
    if (auto owner = become_owner_of(settings.escrow_folder); !owner) {
      return fail(owner);
    }
    const std::string folder = recipient_folder(settings);
    if (auto made = make_folder(folder, 02770); !made) {
      return fail(made);
    }
    const AttachedAddresses attached(folder);
    const auto kind = attached.find(pair.recipient, pair.other);
    return kind ? changed(settings, attached, pair, *kind) : fail(kind.error());
  }

  std::string recipient_, other_;
};

class AliasAddVerb final : public AliasChangeVerb {
 public:
  const VerbText& text() const override {
    static constexpr VerbText kText{
        "recipients alias add", "Let another address open what is sent to a recipient",
        "For the people behind a shared mailbox, and for a person's second address. Who has ALIAS "
        "can have the code\n"
        "of a message to RECIPIENT mailed there, and sees the message in the account of ALIAS; a "
        "question is asked of\n"
        "them, too. With --same-person it holds both ways, and a message to ALIAS asks for the "
        "proof that is on file\n"
        "for RECIPIENT (unless ALIAS has one of its own). Ask RECIPIENT first: it counts for what "
        "waits already.\n"
        "It is in the journal, with your name, before it is done.",
        "phictl recipients alias add office@practice.example anna.berg@practice.example"};
    return kText;
  }

  std::vector<Argument> arguments() override {
    auto all = AliasChangeVerb::arguments();
    all.push_back(
        {"--same-person", &same_person_, "Both are one person's addresses", "", false, {}});
    return all;
  }

 private:
  Result<std::string> changed(const Settings& settings, const AttachedAddresses& attached,
                              const Pair& pair, std::optional<Attachment> kind) override {
    const Attachment wanted = same_person_ ? Attachment::same_person : Attachment::shared;
    if (kind == wanted) {
      return std::string("could open already what is sent to");
    }
    const bool to_be_finished = kind == Attachment::unfinished && same_person_;
    if (kind && !to_be_finished) {
      return fail(configuration_fault(
          "phictl.alias",
          wanted == Attachment::same_person
              ? "this address is an alias already, and not of one person: remove it first"
              : "this address is an alias already, of the same person: remove it first"));
    }
    if (pair.recipient == pair.other) {
      return fail(configuration_fault("phictl.alias", "these are one and the same address"));
    }
    const auto anothers =
        same_person_ ? attached.is_anothers(pair.recipient, pair.other) : Result<bool>(false);
    if (!anothers || *anothers) {
      return anothers ? fail(configuration_fault(
                            "phictl.alias",
                            "this address is an alias already, of the same person as another "
                            "recipient: remove it there first, see `phictl recipients alias list`"))
                      : fail(anothers.error());
    }
    auto done =
        write_down(settings, pair, same_person_ ? "alias added, same person" : "alias added");
    if (done) {
      done = attached.attach(pair.recipient, pair.other, settings.escrow_public_key, wanted);
    }
    return done ? Result<std::string>("can open what is sent to") : fail(done);
  }

  bool same_person_ = false;
};

class AliasRemoveVerb final : public AliasChangeVerb {
 public:
  const VerbText& text() const override {
    static constexpr VerbText kText{
        "recipients alias remove", "Take such an address away again",
        "From this moment on no code for messages to RECIPIENT is mailed to ALIAS, and its account "
        "does not show\n"
        "them. What is open in a browser just now closes with its session "
        "(portal.session_minutes).",
        "phictl recipients alias remove office@practice.example anna.berg@practice.example"};
    return kText;
  }

 private:
  Result<std::string> changed(const Settings& settings, const AttachedAddresses& attached,
                              const Pair& pair, std::optional<Attachment> kind) override {
    if (!kind) {
      return fail(configuration_fault("phictl.alias",
                                      "this address is no alias of the recipient; `phictl "
                                      "recipients alias list` shows those that are"));
    }
    auto done = write_down(settings, pair, "alias removed");
    if (!done) {
      return fail(done);
    }
    const auto gone = attached.detach(pair.recipient, pair.other);
    return gone ? Result<std::string>("can no longer open what is sent to") : fail(gone.error());
  }
};

class AliasListVerb final : public Verb {
 public:
  const VerbText& text() const override {
    static constexpr VerbText kText{
        "recipients alias list", "List them",
        "Addresses stand sealed in the folder: run it where portal.private_key can be read.",
        "phictl recipients alias list office@practice.example"};
    return kText;
  }

  std::vector<Argument> arguments() override {
    return {{"RECIPIENT", &recipient_, "Only of this recipient", "", false, {}},
            {"--json", &json_, "The same for programs", "", false, {}}};
  }

  Outcome run(const Invocation& invocation) override {
    const auto settings = invocation.settings();
    if (!settings) {
      return report(invocation, settings.error());
    }
    auto pairs = AttachedAddresses(recipient_folder(*settings)).list(settings->portal_private_key);
    if (!pairs) {
      return report(invocation, pairs.error());
    }
    if (!recipient_.empty()) {
      const auto wanted = mail::Address::parse(recipient_);
      if (!wanted) {
        return report(invocation, wanted.error());
      }
      std::erase_if(*pairs, [&](const AttachedPair& pair) {
        const auto one = mail::Address::parse(pair.recipient);
        const auto other = mail::Address::parse(pair.other);
        return !(one && *one == *wanted) && !(same_person(pair) && other && *other == *wanted);
      });
    }
    json_ ? print_json(invocation.out, *pairs) : print(invocation.out, *pairs);
    return Outcome::ok;
  }

 private:
  static bool same_person(const AttachedPair& pair) { return pair.kind != Attachment::shared; }

  static std::string_view whose(Attachment kind) {
    switch (kind) {
      case Attachment::same_person:
        return "the same person";
      case Attachment::unfinished:
        return "the same person, not finished: add or remove it again";
      default:
        return "another person";
    }
  }

  static void print(std::ostream& out, const std::vector<AttachedPair>& pairs) {
    std::vector<std::vector<std::string>> rows = {{"RECIPIENT", "ALIAS", "OF"}};
    for (const AttachedPair& pair : pairs) {
      rows.push_back({pair.recipient.empty() ? "(sealed to another key)" : pair.recipient,
                      pair.other.empty() ? "-" : pair.other, std::string(whose(pair.kind))});
    }
    write_table(out, rows);
  }

  static void print_json(std::ostream& out, const std::vector<AttachedPair>& pairs) {
    auto all = nlohmann::ordered_json::array();
    for (const AttachedPair& pair : pairs) {
      all.push_back({{"recipient", pair.recipient},
                     {"alias", pair.other},
                     {"same_person", same_person(pair)},
                     {"finished", pair.kind != Attachment::unfinished}});
    }
    out << all.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
  }

  std::string recipient_;
  bool json_ = false;
};

}  // namespace

std::unique_ptr<Verb> recipients_alias_add_verb() {
  return std::make_unique<AliasAddVerb>();
}

std::unique_ptr<Verb> recipients_alias_remove_verb() {
  return std::make_unique<AliasRemoveVerb>();
}

std::unique_ptr<Verb> recipients_alias_list_verb() {
  return std::make_unique<AliasListVerb>();
}

}  // namespace phimilter::phictl
