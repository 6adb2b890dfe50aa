// SPDX-License-Identifier: Apache-2.0
//
// How mail leaves the portal: codes to recipients, what recipients write back, and what programs
// hand in by the API. Each is one SMTP transaction with a listener of the settings.
#pragma once

#include <string>

#include "base/settings.h"
#include "delivery/smtp_client.h"
#include "portal/code_mail.h"

namespace phimilter::portal {

// A fault: it did not leave, or that cannot be told.
Status mail_code_to(const Settings& settings, const std::string& recipient, const CodeMail& mail);
// Through the filtered listener.
Result<delivery::SmtpOutcome> submit_message(const Settings& settings,
                                             const delivery::Outgoing& mail);

}  // namespace phimilter::portal
