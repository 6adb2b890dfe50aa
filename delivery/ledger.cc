// SPDX-License-Identifier: Apache-2.0
#include "delivery/ledger.h"

#include <algorithm>

#include "audit/journal.h"
#include "audit/journal_reader.h"
#include "base/encoding.h"
#include "base/limits.h"
#include "base/secret.h"
#include "delivery/submission.h"

namespace phimilter::delivery {

namespace {

constexpr std::string_view kGcm = "AES-256-GCM";
constexpr std::string_view kOaep = "RSA-OAEP";

std::string fresh_instance() {
  return hex(random_secret(8).span());
}

bool too_old(Timestamp begun, Timestamp now) {
  return now - begun > std::chrono::seconds(limits::kIntentWindowS);
}

bool is_refused(const audit::RecipientRecord& recipient) {
  return recipient.status.rfind(kRefusedStatus, 0) == 0;
}

// Somebody was refused for good; the message goes on.
bool is_about_one(const audit::Record& record) {
  return record.event == audit::Event::failed && record.recipients.size() == 1 &&
         is_refused(record.recipients[0]);
}

bool is_unheard(const audit::Record& record, const audit::RecipientRecord& recipient) {
  return record.event == audit::Event::failed && record.fault == kUnheardFault &&
         recipient.status == kSettledStatus;
}

}  // namespace

Ledger::Claim::Claim(Claim&& other) noexcept
    : ledger_(std::exchange(other.ledger_, nullptr)),
      digest_(std::move(other.digest_)),
      instance_(std::move(other.instance_)) {}

Ledger::Claim::~Claim() {
  if (ledger_ != nullptr) {
    ledger_->give_back({digest_, instance_});
  }
}

TokenId Ledger::Claim::token(const std::string& address_key) const {
  return recipient_token(digest_, instance_, address_key);
}

std::optional<StoredOutcome> Ledger::Claim::stored(const std::string& address_key) const {
  const std::lock_guard lock(ledger_->mutex_);
  const auto& outcomes = ledger_->submissions_.at({digest_, instance_}).outcomes;
  const auto found = outcomes.find(token(address_key));
  return found == outcomes.end() ? std::nullopt : std::optional(found->second);
}

bool Ledger::Claim::begun() const {
  const std::lock_guard lock(ledger_->mutex_);
  const Submission& submission = ledger_->submissions_.at({digest_, instance_});
  return submission.copy_may_have_left ||
         std::any_of(submission.outcomes.begin(), submission.outcomes.end(),
                     [](const auto& outcome) { return outcome.second.settled; });
}

void Ledger::Claim::intended(const std::string& address_key, const policy::Treatment& treatment) {
  const std::lock_guard lock(ledger_->mutex_);
  ledger_->submissions_.at({digest_, instance_}).outcomes[token(address_key)].treatment = treatment;
}

void Ledger::Claim::settled(const std::string& address_key, const std::string& unrecorded) {
  const std::lock_guard lock(ledger_->mutex_);
  StoredOutcome& outcome =
      ledger_->submissions_.at({digest_, instance_}).outcomes[token(address_key)];
  outcome.settled = true;
  outcome.unrecorded = unrecorded;
}

void Ledger::Claim::refused(const std::string& address_key) {
  const std::lock_guard lock(ledger_->mutex_);
  StoredOutcome& outcome =
      ledger_->submissions_.at({digest_, instance_}).outcomes[token(address_key)];
  outcome.settled = outcome.refused = true;
}

void Ledger::Claim::doubted(const std::string& address_key) {
  const std::lock_guard lock(ledger_->mutex_);
  Submission& submission = ledger_->submissions_.at({digest_, instance_});
  submission.copy_may_have_left = true;
  submission.outcomes[token(address_key)].in_doubt = true;
}

void Ledger::Claim::completed(const std::string& address_key) {
  const std::lock_guard lock(ledger_->mutex_);
  ledger_->submissions_.at({digest_, instance_}).outcomes.erase(token(address_key));
  ledger_->forget_tries(digest_);
}

void Ledger::Claim::answered() {
  const std::lock_guard lock(ledger_->mutex_);
  ledger_->submissions_.at({digest_, instance_}).client_may_know = true;
}

bool Ledger::Submission::all_settled() const {
  return std::all_of(outcomes.begin(), outcomes.end(),
                     [](const auto& outcome) { return outcome.second.settled; });
}

bool Ledger::Submission::knows(const Key& key, std::span<const std::string> address_keys) const {
  return std::any_of(address_keys.begin(), address_keys.end(), [&](const std::string& address_key) {
    return outcomes.count(recipient_token(key.first, key.second, address_key)) > 0;
  });
}

bool Ledger::Submission::is_worked_for(std::span<const std::string> address_keys) const {
  return std::any_of(worked_for.begin(), worked_for.end(),
                     [address_keys](const std::string& address_key) {
                       return std::find(address_keys.begin(), address_keys.end(), address_key) !=
                              address_keys.end();
                     });
}

// Mail that is let go untouched makes no copies; it waits only for those who have begun to.
bool Ledger::is_in_work(const DigestId& digest, std::span<const std::string> address_keys,
                        bool protects) const {
  for (auto at = submissions_.lower_bound({digest, ""});
       at != submissions_.end() && at->first.first == digest; ++at) {
    const Submission& submission = at->second;
    if ((protects || !submission.outcomes.empty()) && submission.is_worked_for(address_keys)) {
      return true;
    }
  }
  return false;
}

// What is held waits for its person; a copy that may be the second says so.
void Ledger::take_up(Submission& submission, const ClaimTerms& terms) {
  if (submission.client_may_know && submission.all_settled() && !terms.names_itself) {
    for (auto& [token, outcome] : submission.outcomes) {
      const bool held = outcome.treatment.method == policy::Method::hold;
      outcome.settled = held;
      outcome.refused = false;
      outcome.in_doubt = true;
    }
  }
  submission.client_may_know = false;
}

Result<Ledger::Claim> Ledger::claim(const DigestId& digest,
                                    std::span<const std::string> address_keys, Timestamp now,
                                    const ClaimTerms& terms) {
  std::unique_lock lock(mutex_);
  const bool free = given_back_.wait_for(
      lock, terms.patience, [&] { return !is_in_work(digest, address_keys, terms.protects); });
  if (!free) {
    return fail(transient_fault("delivery.in_work", "the same mail is in work already"));
  }
  forget_old(now);
  std::vector<std::string> worked_for(address_keys.begin(), address_keys.end());
  for (auto at = submissions_.lower_bound({digest, ""});
       at != submissions_.end() && at->first.first == digest; ++at) {
    Submission& submission = at->second;
    if (submission.worked_for.empty() && submission.knows(at->first, address_keys)) {
      take_up(submission, terms);
      submission.worked_for = std::move(worked_for);
      return Claim(*this, digest, at->first.second);
    }
  }
  std::string instance = fresh_instance();
  submissions_[{digest, instance}] = {.begun = now, .worked_for = std::move(worked_for)};
  return Claim(*this, digest, std::move(instance));
}

void Ledger::give_back(const Key& key) {
  {
    const std::lock_guard lock(mutex_);
    const auto found = submissions_.find(key);
    if (found->second.outcomes.empty()) {
      submissions_.erase(found);
    } else {
      found->second.worked_for.clear();
    }
  }
  given_back_.notify_all();
}

void Ledger::count_try(const DigestId& digest, const std::string& fault, Timestamp at) {
  Tries& tries = tries_[{digest, fault}];
  if (tries.count++ == 0) {
    tries.first = at;
  }
}

void Ledger::forget_tries(const DigestId& digest) {
  for (auto at = tries_.lower_bound({digest, ""});
       at != tries_.end() && at->first.first == digest;) {
    at = tries_.erase(at);
  }
}

void Ledger::tried(const DigestId& digest, const std::string& fault, Timestamp now) {
  const std::lock_guard lock(mutex_);
  count_try(digest, fault, now);
}

Tries Ledger::tries(const DigestId& digest, const std::string& fault) const {
  const std::lock_guard lock(mutex_);
  const auto found = tries_.find({digest, fault});
  return found == tries_.end() ? Tries{} : found->second;
}

void Ledger::forget_old(Timestamp now) {
  std::erase_if(tries_, [now](const auto& entry) { return too_old(entry.second.first, now); });
  std::erase_if(submissions_, [now](const auto& entry) {
    return entry.second.worked_for.empty() && too_old(entry.second.begun, now);
  });
}

void Ledger::replay_tries(const DigestId& digest, const audit::Record& record) {
  if (record.event == audit::Event::completed) {
    forget_tries(digest);
  } else if (record.event == audit::Event::failed) {
    count_try(digest, record.fault, record.time);
  }
}

void Ledger::replay(const audit::Record& record, Timestamp now) {
  const auto digest = DigestId::parse(record.digest);
  if (!digest || too_old(record.time, now)) {
    return;
  }
  const std::lock_guard lock(mutex_);
  replay_tries(*digest, record);
  if (record.instance.empty()) {
    return;
  }
  const Key key{*digest, record.instance};
  for (const audit::RecipientRecord& recipient : record.recipients) {
    replay_recipient(record, recipient, key);
  }
  const auto found = submissions_.find(key);
  if (found == submissions_.end()) {
    return;
  }
  // A record of failure stands before the no; whoever ended without one may have said yes.
  if (!is_about_one(record)) {
    found->second.client_may_know = record.event != audit::Event::failed;
  }
  if (found->second.outcomes.empty()) {
    submissions_.erase(found);
  }
}

void Ledger::replay_recipient(const audit::Record& record, const audit::RecipientRecord& recipient,
                              const Key& key) {
  const auto token = TokenId::parse(recipient.token);
  if (!token) {
    return;
  }
  if (record.event == audit::Event::intended) {
    const auto treatment = read_treatment(recipient);
    auto& submission =
        submissions_.try_emplace(key, Submission{.begun = record.time}).first->second;
    if (treatment) {
      // The process that wrote this has ended, perhaps between an acceptance and its record.
      submission.outcomes[*token].treatment = *treatment;
      submission.outcomes[*token].in_doubt = true;
    }
    return;
  }
  if (is_unheard(record, recipient)) {
    auto& submission =
        submissions_.try_emplace(key, Submission{.begun = record.time}).first->second;
    StoredOutcome& outcome = submission.outcomes[*token];
    outcome.treatment = read_treatment(recipient).value_or(outcome.treatment);
    outcome.settled = true;
    return;
  }
  const auto found = submissions_.find(key);
  if (found == submissions_.end()) {
    return;
  }
  auto& outcomes = found->second.outcomes;
  const auto outcome = outcomes.find(*token);
  if (outcome == outcomes.end()) {
    return;
  }
  if (record.event == audit::Event::completed) {
    outcomes.erase(outcome);
  } else if (record.event == audit::Event::accepted || record.event == audit::Event::held ||
             is_about_one(record)) {
    outcome->second.settled = true;
    outcome->second.refused = record.event == audit::Event::failed;
  }
}

std::size_t Ledger::unfinished() const {
  const std::lock_guard lock(mutex_);
  return submissions_.size();
}

void write_treatment(const policy::Treatment& treatment, audit::RecipientRecord& record) {
  record.method = policy::to_string(treatment.method);
  record.reasons = treatment.reasons;
  record.terms = policy::to_text(treatment.terms);
  record.key = treatment.key ? treatment.key->str() : "";
  record.algorithms.clear();
  if (treatment.method == policy::Method::smime && treatment.cms.gcm) {
    record.algorithms.emplace_back(kGcm);
  }
  if (treatment.method == policy::Method::smime && treatment.cms.oaep) {
    record.algorithms.emplace_back(kOaep);
  }
}

std::optional<policy::Treatment> read_treatment(const audit::RecipientRecord& record) {
  const auto method = policy::method_from(record.method);
  if (!method) {
    return std::nullopt;
  }
  policy::Treatment treatment;
  treatment.method = *method;
  treatment.key = FingerprintId::parse(record.key);
  treatment.reasons = record.reasons;
  // A term that is not known here was written by a later version; the settings' hold.
  treatment.terms = policy::terms_from_text(record.terms).value_or(policy::Terms());
  const auto named = [&record](std::string_view algorithm) {
    return std::find(record.algorithms.begin(), record.algorithms.end(), algorithm) !=
           record.algorithms.end();
  };
  treatment.cms = {named(kGcm), named(kOaep)};
  return treatment;
}

Status rebuild_ledger(const std::string& journal_folder, Timestamp now, Ledger& ledger) {
  auto from =
      audit::sequence_since(journal_folder, now - std::chrono::seconds(limits::kIntentWindowS));
  if (!from) {
    return fail(from);
  }
  Status unreadable;
  auto read = audit::read_journal(journal_folder, *from, [&](const audit::JournalLine& line) {
    auto record = audit::record_from_json(line.json);
    if (!record) {
      unreadable = fail(std::move(record.error()));
      return false;
    }
    ledger.replay(*record, now);
    return true;
  });
  return read ? unreadable : read;
}

}  // namespace phimilter::delivery
