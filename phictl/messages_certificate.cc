// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "audit/journal.h"
#include "base/encoding.h"
#include "base/files.h"
#include "escrow/entry.h"
#include "phictl/document_signature.h"
#include "phictl/journals.h"
#include "phictl/ownership.h"
#include "phictl/verb.h"

namespace phimilter::phictl {
namespace {

using Json = nlohmann::ordered_json;

struct Destruction {
  std::string id;
  std::string sender, recipient, queue_id;
  std::optional<Timestamp> sealed, first_shown;
  Json cause, destroyed;  // with their places in the chain; null: not on record
};

Json place_of(const audit::JournalLine& line, const audit::Record& record,
              const audit::RecipientRecord& recipient) {
  return {{"time", rfc3339(record.time)},
          {"event", audit::to_string(record.event)},
          {"by", record.login.empty() ? "a rule" : record.login},
          {"reasons", recipient.reasons},
          {"journal",
           {{"writer", record.writer},
            {"sequence", line.sequence},
            {"hash", line.hash},
            {"file", line.file.substr(line.file.rfind('/') + 1)}}}};
}

void note(const audit::JournalLine& line, const audit::Record& record,
          const audit::RecipientRecord& recipient, Destruction& found) {
  using audit::Event;
  const auto take = [](std::string& into, const std::string& value) {
    into = value.empty() ? into : value;
  };
  found.id = recipient.escrow_id;
  take(found.sender, record.sender);
  take(found.recipient, recipient.address);
  take(found.queue_id, record.queue_id);
  if (record.event == Event::intended && !found.sealed) {
    found.sealed = record.time;
  } else if (record.event == Event::shown && !found.first_shown) {
    found.first_shown = record.time;
  } else if (record.event == Event::retracted || record.event == Event::expired) {
    found.cause = place_of(line, record, recipient);
  } else if (record.event == Event::destroyed) {
    found.destroyed = place_of(line, record, recipient);
  }
}

bool is_named(const std::string& escrow_id, const std::string& name) {
  if (escrow_id == name) {
    return true;
  }
  const auto id = EscrowId::parse(escrow_id);
  return id && ascii_iequal(escrow::reference_of(*id), name);
}

Result<Destruction> find_destruction(const std::vector<std::string>& journals,
                                     const std::string& name) {
  Destruction found;
  for (const std::string& folder : journals) {
    const auto read = audit::read_journal(folder, 0, [&](const audit::JournalLine& line) {
      const auto record = audit::record_from_json(line.json);
      for (const audit::RecipientRecord& recipient :
           record ? record->recipients : std::vector<audit::RecipientRecord>()) {
        if (!recipient.escrow_id.empty() && is_named(recipient.escrow_id, name)) {
          note(line, *record, recipient, found);
        }
      }
      return true;
    });
    if (!read) {
      return fail(read.error());
    }
  }
  if (found.destroyed.is_null()) {
    return fail(configuration_fault("phictl.certificate",
                                    found.id.empty()
                                        ? "no journal knows a message of this id or reference"
                                        : "the message is not destroyed, as far as the journals "
                                          "say; `phictl messages list` shows those that wait")
                    .with("id", name));
  }
  return found;
}

Json time_or_null(const std::optional<Timestamp>& time) {
  return time ? Json(rfc3339(*time)) : Json(nullptr);
}

std::string document(const Destruction& found, const Settings& settings) {
  const auto id = EscrowId::parse(found.id);
  const Json json = {
      {"document", "certificate of destruction, phimilter 1"},
      {"organisation", settings.organisation_name},
      {"entry", found.id},
      {"reference", id ? escrow::reference_of(*id) : ""},
      {"queue_id", found.queue_id},
      {"sender", found.sender},
      {"recipient", found.recipient},
      {"sealed", time_or_null(found.sealed)},
      {"first_shown", time_or_null(found.first_shown)},
      {"cause", found.cause},
      {"destroyed", found.destroyed},
      {"what_was_done",
       "The message was kept encrypted under a key of its own. 'key overwritten' among the "
       "reasons: "
       "the only wrapped copy of that key in the vault was overwritten with zeros and synced, then "
       "the files were deleted; 'key deleted': the files were deleted; 'key gone': when this was "
       "recorded, nothing of the message was in the vault any more, and nothing here tells who "
       "took "
       "it away. Snapshots, backups and the "
       "spare blocks of a device are outside of what this program can overwrite."},
      {"issued", rfc3339(system_clock().now())},
      {"issued_by", this_person()}};
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

class MessagesCertificateVerb final : public Verb {
 public:
  const VerbText& text() const override {
    static constexpr VerbText kText{
        "messages certificate", "Certify that a message was destroyed",
        "For a message that the journal calls destroyed: who wanted it or which rule, when, how, "
        "whether it had been\n"
        "seen, and where in the chain of the journal that stands. To standard output, or to FILE "
        "with a signature beside\n"
        "it (FILE.p7s), made with smime.sign_key, or else with the key of portal.certificate. To "
        "check it:\n"
        "openssl cms -verify -binary -inform PEM -in FILE.p7s -content FILE -CAfile CA.pem "
        "-purpose any",
        "sudo phictl messages certificate 7KQ4-M2P9 --out destruction.json"};
    return kText;
  }

  std::vector<Argument> arguments() override {
    return {{"ID", &id_, "Id or reference of the message", "", true, {}},
            {"--out", &out_, "Write and sign it there", "FILE", false, {}}};
  }

  Outcome run(const Invocation& invocation) override {
    const auto settings = invocation.settings();
    if (!settings) {
      return report(invocation, settings.error());
    }
    const auto journals = journals_of(*settings);
    const auto found =
        journals ? find_destruction(*journals, id_) : Result<Destruction>(fail(journals.error()));
    if (!found) {
      return report(invocation, found.error());
    }
    const std::string text = document(*found, *settings);
    if (out_.empty()) {
      invocation.out << text;
      return Outcome::ok;
    }
    const Status written = write_signed(text, *settings);
    if (!written) {
      return report(invocation, written.error());
    }
    invocation.out << "made  " << out_ << "\nmade  " << out_ << ".p7s\n";
    return Outcome::ok;
  }

 private:
  Status write_signed(const std::string& text, const Settings& settings) const {
    const auto with = signing_key(settings);
    const auto signature =
        with ? sign_document(text, *with) : Result<std::string>(fail(with.error()));
    if (!signature) {
      return fail(signature.error());
    }
    Status written = write_file_durably(out_, text, 0644);
    return written ? write_file_durably(out_ + ".p7s", *signature, 0644) : written;
  }

  std::string id_, out_;
};

}  // namespace

std::unique_ptr<Verb> messages_certificate_verb() {
  return std::make_unique<MessagesCertificateVerb>();
}

}  // namespace phimilter::phictl
