// SPDX-License-Identifier: Apache-2.0
//
// What is known about one message while the pipeline works on it. Private to milter/.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "delivery/batch_book.h"
#include "delivery/groups.h"
#include "delivery/ledger.h"
#include "delivery/protection.h"
#include "delivery/reentry.h"
#include "delivery/release.h"
#include "extract/message_text.h"
#include "mail/message.h"
#include "milter/control_headers.h"
#include "policy/policy.h"

namespace phimilter::milter {

class MessageEditor;

// What one group of recipients gets.
struct Copy {
  delivery::Group group;  // without the recipients who are settled
  delivery::Variant variant;
  std::optional<delivery::PortalPlace> place;
};

struct Work {
  Work(mail::CapturedMessage captured, MessageEditor& the_editor)
      : message(std::move(captured)), captured_headers(message.headers), editor(the_editor) {}

  mail::CapturedMessage message;      // its header is without control headers once they are taken
  mail::HeaderList captured_headers;  // as the MTA has them
  std::optional<mail::HeaderList> marked_headers;  // without control headers, with marks
  MessageEditor& editor;
  std::chrono::steady_clock::time_point begun = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point awaited = begun;  // by the MTA, as far as was seen

  std::vector<GivenProof> proofs;
  std::optional<delivery::Release> release;  // a person let go what was held
  std::vector<mail::HeaderField> taken;      // other control headers that came with it
  std::optional<delivery::BatchMark> batch;  // of a believed sender
  std::optional<delivery::BatchBook::Claim> batch_claim;
  std::optional<DigestId> batch_content;
  std::set<std::size_t> left_out;  // recipients who have it from an earlier run of the batch
  std::shared_ptr<const policy::Policy> policy;
  extract::MessageText text;
  policy::MessageContext context;
  policy::Findings findings;
  std::vector<policy::RecipientFacts> facts;
  bool looked_up = false;  // the facts say what was found about keys
  policy::Decision decision;
  std::optional<delivery::Ledger::Claim> claim;
  delivery::GroupPlan plan;
  bool intent_on_record = false;  // by this try or an earlier one
  std::vector<Copy> copies;
  std::vector<std::string> statuses;                 // what became of each recipient
  std::vector<std::vector<std::string>> algorithms;  // of each recipient's copy
  std::map<std::size_t, Fault> set_aside;  // recipients whose copy could not be made or sent
  std::map<delivery::Way, int> silences;   // mails after which a listener did not answer

  const std::string& key(std::size_t recipient) const {
    return message.envelope.recipients[recipient].address.key();
  }
  policy::Method method(std::size_t recipient) const {
    return decision.treatments[recipient].method;
  }
  // A copy that cannot be made or sent does not keep the others from leaving.
  void put_aside(const std::vector<std::size_t>& recipients, const Fault& fault) {
    for (const std::size_t recipient : recipients) {
      set_aside.insert_or_assign(recipient, fault);
    }
  }
  bool settled(std::size_t recipient) const {
    const auto stored = claim->stored(key(recipient));
    return stored && stored->settled;
  }
};

}  // namespace phimilter::milter
