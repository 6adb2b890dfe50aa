// SPDX-License-Identifier: Apache-2.0
//
// The way of one message, from the captured bytes to the answer for the MTA. Everything that it
// needs stands behind an abstract class, so that each can be made to fail.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "audit/journal.h"
#include "base/clock.h"
#include "base/secret.h"
#include "base/smtp_reply.h"
#include "delivery/batch_book.h"
#include "delivery/facts.h"
#include "delivery/failure_notice.h"
#include "delivery/ledger.h"
#include "delivery/protection.h"
#include "delivery/reentry.h"
#include "escrow/links.h"
#include "escrow/vault.h"
#include "extract/extractor.h"
#include "mail/edit_plan.h"
#include "milter/open_outcomes.h"
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
  escrow::BoundLinks* bound_links = nullptr;  // not null: entries are bound to their links
  delivery::Ledger* ledger = nullptr;
  delivery::CopySender* sender = nullptr;
  audit::Journal* journal = nullptr;
  delivery::BatchBook* batches = nullptr;
  const Clock* clock = nullptr;
};

struct HoldOptions {
  bool tell_sender = true;
  std::int64_t expiry_days = 14;
  // So many tries and minutes with a fault that does not go away by waiting; 0 tries: never.
  std::int64_t tries = 5;
  std::int64_t minutes = 60;
  bool clear_release = false;
};

struct PipelineOptions {
  bool reentry_always = false;
  std::int64_t expiry_days = 30;
  std::string proof_header;
  TrustedSenders trusted;
  HoldOptions hold{};
  // Fields that a filter before this one makes anew for each try, beside the known ones.
  std::vector<std::string> volatile_fields{};
  // Whom recipients at the portal may write to, but the sender, where no rule says so.
  bool may_reply_all = false, may_forward = false;
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
  // With discard: what is written once the MTA has gone on. It is the caller's to keep
  // (OpenOutcomes); let go, it leaves the submission as one whose answer may have been lost.
  std::unique_ptr<OpenOutcome> open{};
};

struct Copy;
struct Work;

class Pipeline {
 public:
  Pipeline(Ports ports, PipelineOptions options)
      : ports_(std::move(ports)), options_(std::move(options)) {}

  // Thread-safe. Every recipient's outcome is on the disk, and every copy accepted or the message
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

  // A release by phictl (holds.cc).
  Status take_release(Work& work) const;
  void let_go_clear(Work& work) const;
  Status check_release(const Work& work) const;
  Status note_released(const Work& work) const;
  // Batches (batch_run.cc).
  Status take_batch(Work& work) const;
  Result<DigestId> digest_of(Work& work) const;
  Status join_batch(Work& work) const;
  Status note_sent(Work& work, const std::vector<std::size_t>& recipients) const;
  Status note_batch(Work& work) const;
  // What waits for a person: told, on record, settled.
  Status settle_hold(Work& work, std::size_t recipient) const;
  // Whether the message has failed so often that it is to be held; then the work says so.
  bool hold_instead(Work& work, const Fault& fault) const;
  bool stand_for_decision(Work& work) const;
  void replace_lost_key(Work& work, std::size_t recipient) const;
  Status claim(Work& work, std::chrono::milliseconds patience) const;

  delivery::FactSources without_lookups() const;
  std::int64_t expiry_days(const Work& work, std::size_t recipient) const;
  Result<delivery::PortalPlace> portal_place(const Work& work, std::size_t recipient) const;
  mail::HeaderList held_headers(const Work& work) const;
  Status seal_for(const Work& work, escrow::VaultWriter* vault, const EscrowId& id,
                  std::size_t recipient, Timestamp expires, const std::string& link_secret) const;
  Result<Copy> make_copy(Work& work, delivery::Group group,
                         const std::vector<std::string_view>& finding_texts) const;
  Status send_copies(Work& work) const;
  Status send_copy(Work& work, const Copy& copy) const;
  Status refuse_refused(Work& work, const Copy& copy, const delivery::SmtpOutcome& outcome) const;
  Status settle_others(Work& work) const;
  Status note_notice(const Work& work, std::size_t recipient) const;
  Status note_accepted(Work& work, const std::vector<std::size_t>& recipients,
                       const std::string& status) const;
  // Of a copy by the listener, or before there was one by a rule.
  struct Refusal {
    int code = 0;
    std::string enhanced;
    bool by_listener = false;
  };
  Status refuse(Work& work, std::size_t recipient, const Refusal& refusal) const;
  // "", or delivery::sender_not_told().
  Result<std::string> tell_sender(const Work& work, std::size_t recipient, delivery::News news,
                                  const Refusal& refusal) const;
  Status still_awaited(Work& work) const;
  Status record_late(Work& work) const;
  Status check_settled(const Work& work) const;
  std::unique_ptr<OpenOutcome> open_outcome(Work& work) const;
  using Step = Status (Pipeline::*)(Work&) const;
  Status walk(Work& work, std::span<const Step> way) const;
  void record_failure(Work& work, const Fault& fault) const;
  // Of recipients who are set aside, what waiting does not mend, so that it counts as a try; else
  // the first.
  static const Fault& told_of(const Work& work);

  Ports ports_;
  PipelineOptions options_;
};

}  // namespace phimilter::milter
