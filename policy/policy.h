// SPDX-License-Identifier: Apache-2.0
//
// Findings, rules, routing: values in, values out, no I/O. A Policy is an immutable snapshot,
// shared by all sessions and swapped whole on reload.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "extract/message_text.h"
#include "mail/message.h"
#include "policy/explain.h"
#include "policy/finding.h"
#include "policy/recipient_facts.h"
#include "policy/treatment.h"

namespace phimilter::policy {

// What rules can ask about the message beside its text.
struct MessageContext {
  std::string sender;                          // reverse-path, or empty for <>
  std::string sender_domain;                   // lower case
  std::string login;                           // SASL login, empty: none
  std::vector<mail::HeaderField> mark_fields;  // of Policy::mark_headers(), believed senders' only
  std::vector<std::string>
      own_addresses;  // keys of sender and internal participants: they identify no patient
  std::vector<std::string>
      own_names;  // display names of sender and internal participants: nobody's patients
  std::vector<std::string> recipient_names;  // external recipients, by display name or else
                                             // address: weak identity evidence
  std::size_t size = 0;                      // bytes of headers and body
  std::string today;  // ISO date (UTC) of the message; empty: not known, then no exemption holds
  bool released = false;  // a person let go what was held: hold and pass are no answers any more
};

class Policy {
 public:
  virtual ~Policy() = default;
  // Never throws, never does I/O, bounded by limits::kDetectMs and kFindings; over a budget:
  // complete = false.
  virtual Findings detect(const extract::MessageText& text,
                          const MessageContext& context) const = 0;
  // The same, with Findings::dropped filled: for people, not for the mail path.
  virtual Findings detect_and_tell(const extract::MessageText& text,
                                   const MessageContext& context) const {
    return detect(text, context);
  }
  // One treatment a recipient. Incomplete findings and opaque parts are evidence. Transient fault:
  // undecidable.
  virtual Result<Decision> decide(const extract::MessageText& text, const Findings& findings,
                                  const MessageContext& context,
                                  std::span<const RecipientFacts> recipients) const = 0;
  // Names of the header fields that marks are read from, lower case.
  virtual std::vector<std::string> mark_headers() const { return {}; }
  // The header as it may leave: without the marks that do not stay. Unchanged where there is none.
  virtual mail::HeaderList without_marks(const mail::HeaderList& headers,
                                         const extract::MessageText& /*text*/) const {
    return headers;
  }
  virtual const std::string& version() const = 0;
  // What an admin should know about files that were loaded all the same, each with file and line.
  virtual std::vector<std::string> warnings() const { return {}; }
  // How near each rule came, for people; see explain.h.
  virtual std::vector<RuleReport> explain(const extract::MessageText& /*text*/,
                                          const Findings& /*findings*/,
                                          const MessageContext& /*context*/) const {
    return {};
  }
};

// Reads the files in order (shipped pack first, site files after), checks every key, compiles every
// pattern and runs every [[test]]. Configuration fault with file and line otherwise; nothing half
// loaded.
Result<std::shared_ptr<const Policy>> load_policy(const std::vector<std::string>& files);

// The texts of findings that are numbers or sure names (classes id.*, mail addresses not): to check
// that none of them stands in what leaves in the clear. At least 5 bytes each, each once. Views
// into `text`. Never to be written anywhere.
std::vector<std::string_view> identifier_texts(const extract::MessageText& text,
                                               const Findings& findings);

}  // namespace phimilter::policy
