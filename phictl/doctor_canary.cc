// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <optional>
#include <thread>

#include "audit/journal.h"
#include "base/encoding.h"
#include "delivery/smtp_client.h"
#include "mail/address.h"
#include "phictl/doctor.h"

namespace phimilter::phictl {
namespace {

constexpr auto kPatience = std::chrono::seconds(60);
constexpr auto kBetweenLooks = std::chrono::milliseconds(100);

// Nobody's record: an identifier, a name and a finding that every rule set for PHI must see.
constexpr std::string_view kBody =
    "This is a test of the mail filter. It tells of no living person.\r\n"
    "\r\n"
    "Patient: Canary Testperson\r\n"
    "Date of birth: 02/29/1940\r\n"
    "MRN: 00000042-7\r\n"
    "Diagnosis: type 2 diabetes mellitus (ICD-10 E11.9), hypertension\r\n"
    "HbA1c: 9.1 %\r\n";

struct Canary {
  std::string sender;
  std::string address;
  mail::HeaderList headers;
};

Canary make_canary(const Settings& settings, const std::string& address) {
  Canary out{settings.portal_sender, address, {}};
  const Timestamp now = system_clock().now();
  out.headers.append("From", " <" + out.sender + ">");
  out.headers.append("To", " <" + address + ">");
  out.headers.append("Subject", " Test of the mail filter");
  out.headers.append("Date", ' ' + rfc5322_date(now));
  out.headers.append("MIME-Version", " 1.0");
  out.headers.append("Content-Type", " text/plain; charset=us-ascii");
  out.headers.append("Auto-Submitted", " auto-generated");
  return out;
}

Result<std::string> send(const Settings& settings, const Canary& canary) {
  delivery::Outgoing outgoing;
  outgoing.reverse_path = '<' + canary.sender + '>';
  outgoing.recipients.push_back({'<' + canary.address + '>', {}});
  outgoing.headers = &canary.headers;
  outgoing.body = kBody;
  auto outcome = delivery::send_message(settings.portal_submission, "localhost", outgoing);
  if (!outcome) {
    return fail(outcome);
  }
  if (outcome->recipients.front().code / 100 != 2) {
    return fail(transient_fault("doctor.canary", "the filtered listener did not take the recipient")
                    .with("code", std::to_string(outcome->recipients.front().code)));
  }
  return outcome->queue_id;
}

struct Seen {
  std::uint64_t last = 0;             // the newest record
  std::optional<std::string> method;  // of the canary, once it is done
};

Seen look(const std::string& journal, std::uint64_t from, const std::string& queue_id,
          const std::string& address_key) {
  Seen out;
  (void)audit::read_journal(journal, from, [&](const audit::JournalLine& line) {
    out.last = line.sequence;
    const auto record = audit::record_from_json(line.json);
    if (!record || record->event != audit::Event::completed || record->queue_id != queue_id) {
      return true;
    }
    for (const audit::RecipientRecord& recipient : record->recipients) {
      const auto address = mail::Address::parse(recipient.address);
      if (address && address->key() == address_key) {
        out.method = recipient.method;
      }
    }
    return !out.method;
  });
  return out;
}

}  // namespace

void examine_canary(const Settings& settings, const std::string& method, const std::string& address,
                    Examination& seen) {
  const std::string about = "canary." + method;
  const auto parsed = mail::Address::parse(address);
  if (!parsed || settings.portal_submission.empty() || settings.portal_sender.empty()) {
    return seen.unknown(
        about,
        parsed ? "portal.submission or portal.sender is not set, so no test mail can be sent"
               : "'" + address + "' is no mail address",
        "Set them: the filtered listener, and an address of the clinic");
  }
  const std::uint64_t before = look(settings.audit_journal, 0, "", "").last;
  const auto queue_id = send(settings, make_canary(settings, address));
  if (!queue_id) {
    return seen.problem(about, "the test mail was not accepted: " + queue_id.error().describe(),
                        "See the log of phimilter and the MTA's");
  }
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (std::chrono::steady_clock::now() < deadline) {
    const Seen found = look(settings.audit_journal, before, *queue_id, parsed->key());
    if (found.method && *found.method == method) {
      return seen.good(about,
                       "a test mail to " + address + " left as " + method + " (" + *queue_id + ")");
    }
    if (found.method) {
      return seen.problem(about,
                          "a test mail to " + address + " left as " + *found.method + ", not as " +
                              method + " (" + *queue_id + ")",
                          "phictl audit export shows the reasons; phictl keys list shows the keys");
    }
    std::this_thread::sleep_for(kBetweenLooks);
  }
  seen.problem(
      about,
      "a test mail to " + address +
          " was accepted, and the journal of phimilter knows nothing of it (" + *queue_id + ")",
      "The listener of portal.submission has no filter: see postfix.filtered or sendmail.filtered");
}

}  // namespace phimilter::phictl
