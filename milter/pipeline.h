// SPDX-License-Identifier: Apache-2.0
//
// The way of one message, from the captured bytes to the answer for the MTA. Everything that it
// needs stands behind an abstract class, so that each can be made to fail.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "audit/journal.h"
#include "base/clock.h"
#include "base/secret.h"
#include "base/smtp_reply.h"
#include "delivery/facts.h"
#include "delivery/ledger.h"
#include "delivery/protection.h"
#include "delivery/reentry.h"
#include "escrow/vault.h"
#include "extract/extractor.h"
#include "mail/edit_plan.h"
#include "milter/policy_slot.h"
#include "milter/trust.h"

namespace phimilter::milter {

// Changes the MTA's own copy of the message. Any fault: the MTA's copy is in an unknown state, and
// the message must be deferred.
class MessageEditor {
 public:
  virtual ~MessageEditor() = default;
  virtual Status apply(const mail::EditPlan& plan, std::string_view new_body) = 0;
  // Whether the MTA still waits for the answer, as far as can be told.
  virtual bool mta_waits() = 0;
};

// Borrowed, thread-safe, and living longer than the pipeline. A null pointer: not configured.
struct Ports {
  extract::Extractor* extractor = nullptr;
  const PolicySlot* policy = nullptr;
  delivery::FactSources facts;
  delivery::ProtectionTools tools;
  escrow::VaultWriter* vault = nullptr;
  escrow::VaultWriter* held = nullptr;
  const Secret* link_key = nullptr;
  delivery::Ledger* ledger = nullptr;
  delivery::CopySender* sender = nullptr;
  audit::Journal* journal = nullptr;
  const Clock* clock = nullptr;
};

struct PipelineOptions {
  bool reentry_always = false;
  std::int64_t expiry_days = 30;
  std::string proof_header;
  TrustedSenders trusted;
};

// What the MTA is told at the end of the message.
struct Answer {
  enum class Kind {
    accept,   // it goes on with its own copy, edited or not
    discard,  // all copies left by re-entry
    reply,    // 4xx or 5xx
  };
  Kind kind = Kind::reply;
  Reply reply = Reply::try_later;
};

struct Copy;
struct Work;

class Pipeline {
 public:
  Pipeline(Ports ports, PipelineOptions options)
      : ports_(std::move(ports)), options_(std::move(options)) {}

  // Thread-safe. Every recipient's outcome is recorded, and every copy accepted or the message
  // deferred, when it returns.
  Answer run(mail::CapturedMessage message, MessageEditor& editor) const;

 private:
  // The steps, in their order. Each leaves its result in the work; a fault ends the way.
  Status take_controls(Work& work) const;
  Status extract(Work& work) const;
  Status detect(Work& work) const;
  Status decide(Work& work) const;
  Status recall(Work& work) const;
  Status group(Work& work) const;
  Status intend(Work& work) const;
  Status protect(Work& work) const;
  Status seal(Work& work) const;
  Status reenter(Work& work) const;
  Status apply(Work& work) const;
  Status record(Work& work) const;

  delivery::FactSources without_lookups() const;
  Result<delivery::PortalPlace> portal_place(const Work& work, std::size_t recipient) const;
  Status seal_for(const Work& work, escrow::VaultWriter* vault, const EscrowId& id,
                  std::size_t recipient, Timestamp expires) const;
  Status send_copy(Work& work, const Copy& copy) const;
  Status note_accepted(Work& work, const std::vector<std::size_t>& recipients,
                       const std::string& status) const;
  Status refuse(Work& work, std::size_t recipient, int code, const std::string& enhanced) const;
  Status tell_sender(const Work& work, std::size_t recipient, const std::string& enhanced) const;
  Status still_awaited(Work& work) const;
  void record_failure(const Work& work, const Fault& fault) const;

  Ports ports_;
  PipelineOptions options_;
};

}  // namespace phimilter::milter
