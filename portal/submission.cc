// SPDX-License-Identifier: Apache-2.0
#include "portal/submission.h"

namespace phimilter::portal {
namespace {

// Somebody waits at the page, and a worker with them; the listener is on this host.
constexpr delivery::SmtpDeadlines kCodeMailDeadlines{2'000, 10'000, 10'000};
// The filter reads a reply with its files before it answers. All of it together stays below what
// the server gives a request: who waits longer is told nothing at all.
constexpr delivery::SmtpDeadlines kReplyDeadlines{2'000, 10'000, 80'000, 80'000};

}  // namespace

Status mail_code_to(const Settings& settings, const std::string& recipient, const CodeMail& mail) {
  if (settings.portal_sender.empty()) {
    return fail(configuration_fault("portal.no_sender",
                                    "a recipient asked for a code, but portal.sender is not set: "
                                    "name the address that codes come from"));
  }
  delivery::Outgoing outgoing;
  outgoing.reverse_path = "<" + settings.portal_sender + ">";
  outgoing.recipients.push_back({"<" + recipient + ">", {}});
  outgoing.headers = &mail.headers;
  outgoing.body = mail.body;
  // As notices, behind the filter: judged again, a code could end in the portal that it opens.
  const std::string& listener =
      settings.reentry_listener.empty() ? settings.portal_submission : settings.reentry_listener;
  auto sent = delivery::send_message(listener, "localhost", outgoing, kCodeMailDeadlines);
  if (!sent) {
    return fail(sent);
  }
  if (sent->recipients.size() != 1 || sent->recipients.front().code / 100 != 2) {
    return fail(
        transient_fault("portal.code_refused", "the MTA did not take the mail with the code")
            .with("code",
                  sent->recipients.empty() ? "-" : std::to_string(sent->recipients.front().code)));
  }
  return {};
}

Result<delivery::SmtpOutcome> submit_message(const Settings& settings,
                                             const delivery::Outgoing& mail) {
  return delivery::send_message(settings.portal_submission, "localhost", mail, kReplyDeadlines);
}

}  // namespace phimilter::portal
