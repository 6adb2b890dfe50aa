// SPDX-License-Identifier: Apache-2.0
//
// A vault, a journal and a state store in memory, which can be made to fail.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "audit/journal.h"
#include "escrow/vault.h"
#include "portal/access.h"
#include "portal/record_store.h"
#include "portal/state_store.h"

namespace phimilter::portal {

inline Timestamp test_time() {
  return *parse_rfc3339("2026-11-21T12:00:00.000000Z");
}

inline escrow::EntryFacts test_facts(const EscrowId& id) {
  escrow::EntryFacts facts{.id = id,
                           .token = *TokenId::parse(std::string(64, 'a')),
                           .queue_id = "4ABC",
                           .sender = "lab@clinic.example",
                           .recipient = "pat@example.org",
                           .subject = "Your result",
                           .language = "",
                           .created = test_time(),
                           .expires = test_time() + std::chrono::hours(24 * 30)};
  return facts;
}

class FakeMessage final : public escrow::MessageBytes {
 public:
  explicit FakeMessage(std::string text) : text_(std::move(text)) {}
  std::uint64_t size() const override { return text_.size(); }
  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::uint8_t> out) override {
    const std::string_view rest =
        std::string_view(text_).substr(std::min<std::size_t>(offset, text_.size()));
    const std::size_t size = std::min(rest.size(), out.size());
    std::copy_n(rest.begin(), size, out.begin());
    return size;
  }

 private:
  std::string text_;
};

class FakeVault final : public escrow::VaultReader {
 public:
  struct Entry {
    escrow::EntryFacts facts;
    escrow::EntryState state = escrow::EntryState::open;
    std::string message;
    std::optional<std::pair<std::string, std::string>> proof;
    bool proof_removed = false;
    std::optional<escrow::Act> unlock_asked{};
  };
  std::map<EscrowId, Entry> entries;
  std::set<EscrowId> doomed;
  bool broken = false;
  std::optional<Fault> unreadable;  // of every entry's facts
  std::function<void()> after_list;

  Result<std::optional<escrow::EntryStatus>> status(const EscrowId& id,
                                                    Timestamp /*now*/) override {
    const std::lock_guard lock(mutex_);
    if (broken) {
      return fail(transient_fault("test.vault", "the disk said no"));
    }
    const auto found = entries.find(id);
    if (found == entries.end()) {
      return std::nullopt;
    }
    return status_of(found->second);
  }
  Result<escrow::EntryFacts> facts(const EscrowId& id) override {
    const std::lock_guard lock(mutex_);
    if (unreadable) {
      return fail(*unreadable);
    }
    return entries.at(id).facts;
  }
  using escrow::VaultReader::read_message;
  Status read_message(const EscrowId& id, std::string_view /*link_secret*/,
                      mail::ByteSink& out) override {
    const std::lock_guard lock(mutex_);
    return out.write(entries.at(id).message);
  }
  using escrow::VaultReader::open_message;
  Result<std::unique_ptr<escrow::MessageBytes>> open_message(
      const EscrowId& id, std::string_view /*link_secret*/) override {
    const std::lock_guard lock(mutex_);
    return std::make_unique<FakeMessage>(entries.at(id).message);
  }
  Result<std::string> recover_link(const EscrowId& /*id*/,
                                   const escrow::KeyPair& /*recovery*/) override {
    return std::string();
  }
  Result<std::optional<escrow::Proof>> take_proof(const EscrowId& id) override {
    const std::lock_guard lock(mutex_);
    const auto& proof = entries.at(id).proof;
    if (!proof) {
      return std::nullopt;
    }
    return escrow::Proof{proof->first, Secret(proof->second)};
  }
  Status remove_proof(const EscrowId& id) override {
    const std::lock_guard lock(mutex_);
    auto& entry = entries.at(id);
    entry.proof_removed = entry.proof_removed || entry.proof.has_value();
    entry.proof.reset();
    return {};
  }
  Result<bool> proof_removed(const EscrowId& id) override {
    const std::lock_guard lock(mutex_);
    return entries.at(id).proof_removed;
  }
  Result<std::vector<escrow::EntryStatus>> list(Timestamp /*now*/) override {
    const std::lock_guard lock(mutex_);
    std::vector<escrow::EntryStatus> all;
    for (const auto& [id, entry] : entries) {
      all.push_back(status_of(entry));
    }
    if (after_list) {
      after_list();
    }
    return all;
  }
  Result<std::optional<escrow::Act>> unlock_asked(const EscrowId& id) override {
    const std::lock_guard lock(mutex_);
    return entries.at(id).unlock_asked;
  }
  Status forget_unlock(const EscrowId& id) override {
    const std::lock_guard lock(mutex_);
    entries.at(id).unlock_asked.reset();
    return {};
  }
  Result<escrow::Removal> shred(const EscrowId& id) override {
    const std::lock_guard lock(mutex_);
    if (entries.erase(id) > 0) {
      doomed.insert(id);
    }
    return doomed.contains(id) ? escrow::Removal::overwritten : escrow::Removal::gone;
  }
  Result<escrow::Removal> remove(const EscrowId& id) override {
    auto shredded = shred(id);
    doomed.erase(id);
    return shredded;
  }
  Result<std::vector<EscrowId>> half_removed() override {
    return std::vector<EscrowId>(doomed.begin(), doomed.end());
  }

 private:
  static escrow::EntryStatus status_of(const Entry& entry) {
    return {entry.facts.id,
            entry.state,
            entry.facts.created,
            entry.facts.expires,
            entry.message.size(),
            entry.facts.bound,
            {},
            {}};
  }
  std::mutex mutex_;
};

class FakeJournal final : public audit::Journal {
 public:
  using audit::Journal::append;
  bool broken = false;

  Result<std::uint64_t> append(std::span<const audit::Record> records) override {
    const std::lock_guard lock(mutex_);
    if (broken) {
      return fail(transient_fault("test.journal", "the disk said no"));
    }
    records_.insert(records_.end(), records.begin(), records.end());
    return records_.size();
  }
  std::uint64_t last_sequence() const override { return records_.size(); }
  std::uint64_t wait_for_more(std::uint64_t /*after*/, std::int64_t /*timeout_ms*/) override {
    return records_.size();
  }
  std::string events() const {  // "challenged refused"
    const std::lock_guard lock(mutex_);
    std::string all;
    for (const audit::Record& record : records_) {
      all += (all.empty() ? "" : " ") + std::string(audit::to_string(record.event));
    }
    return all;
  }
  const std::vector<audit::Record>& records() const { return records_; }
  void clear() { records_.clear(); }

 private:
  mutable std::mutex mutex_;
  std::vector<audit::Record> records_;
};

class FakeStates final : public StateStore {
 public:
  std::map<EscrowId, AccessState> states;
  bool broken_load = false, broken_save = false;
  int saves = 0;

  Result<AccessState> load(const EscrowId& id) override {
    const std::lock_guard lock(mutex_);
    if (broken_load) {
      return fail(transient_fault("test.state", "the disk said no"));
    }
    return states.contains(id) ? states.at(id) : AccessState();
  }
  Status save(const EscrowId& id, const AccessState& state) override {
    const std::lock_guard lock(mutex_);
    if (broken_save) {
      return fail(transient_fault("test.state", "the disk said no"));
    }
    ++saves;
    states[id] = state;
    return {};
  }
  Result<std::vector<EscrowId>> list() override {
    std::vector<EscrowId> ids;
    for (const auto& [id, state] : states) {
      ids.push_back(id);
    }
    return ids;
  }
  Status remove(const EscrowId& id) override {
    states.erase(id);
    return {};
  }

 private:
  std::mutex mutex_;
};

// In memory, and can be made to fail.
class FailingRecords final : public RecordStore {
 public:
  bool broken_load = false, broken_save = false;
  Result<std::optional<Secret>> load(const std::string& name) override {
    return broken_load ? fail(fault()) : records_->load(name);
  }
  Status save(const std::string& name, std::string_view record) override {
    return broken_save ? fail(fault()) : records_->save(name, record);
  }
  Status remove(const std::string& name) override {
    return broken_save ? fail(fault()) : records_->remove(name);
  }
  Result<std::vector<std::string>> names(std::string_view suffix) override {
    return broken_load ? fail(fault()) : records_->names(suffix);
  }

 private:
  static Fault fault() { return transient_fault("test.records", "the disk said no"); }
  std::unique_ptr<RecordStore> records_ = memory_record_store();
};

// As a Redis that other hosts count in too.
class FakeShared final : public SharedCounts {
 public:
  bool away = false;
  int elsewhere = 0;
  std::set<std::string> keys;
  Result<Count> add(const std::string& key, const GuessRule& rule) override {
    if (away) {
      return fail(transient_fault("test.redis", "away"));
    }
    keys.insert(key);
    const int tries = tries_[key] + elsewhere;
    if (tries >= rule.tries) {
      return Count{0, rule.first_lock.count()};
    }
    ++tries_[key];
    return Count{tries + 1, 0};
  }
  Status take_back(const std::string& key, const GuessRule& /*rule*/) override {
    --tries_[key];
    return {};
  }
  Status forget(const std::string& key) override {
    tries_.erase(key);
    return {};
  }

 private:
  std::map<std::string, int> tries_;
};

class FakeRecipients final : public escrow::RecipientStore {
 public:
  std::map<std::string, std::pair<std::string, std::string>> proofs;
  bool broken = false;

  Result<std::optional<escrow::RecipientEntry>> find(const mail::Address& /*address*/) override {
    return std::nullopt;
  }
  Status put(const mail::Address& /*address*/, const escrow::RecipientEntry& /*entry*/,
             const std::optional<escrow::Proof>& /*proof*/) override {
    return {};
  }
  Result<std::optional<escrow::Proof>> proof(const mail::Address& address) override {
    if (broken) {
      return fail(transient_fault("test.recipients", "the disk said no"));
    }
    const auto found = proofs.find(address.key());
    if (found == proofs.end()) {
      return std::nullopt;
    }
    return escrow::Proof{found->second.first, Secret(found->second.second)};
  }
};

// Everything Access needs, with one entry whose question came with the message.
struct AccessBench {
  EscrowId id = *EscrowId::parse("0123456789abcdef0123456789abcdef");
  FakeVault vault;
  FakeRecipients recipients;
  FakeStates states;
  FakeJournal journal;
  Secret pepper{std::string_view("0123456789abcdef0123456789abcdef")};
  FixedClock clock{test_time()};
  std::vector<std::string> mailed_codes;
  bool mail_broken = false;
  std::vector<std::string> mailed_to;
  SlowHash slow_hash{pepper};
  GuessLimits guesses{memory_record_store(), nullptr, pepper, clock, GuessOptions{}};
  Status mail(const escrow::EntryFacts& facts, const std::string& code) {
    if (mail_broken) {
      return fail(transient_fault("test.mail", "no listener"));
    }
    mailed_codes.push_back(code);
    mailed_to.push_back(facts.recipient);
    return {};
  }
  AccessParts parts(const escrow::AttachedAddresses* attached, const ProofRules& rules) {
    return parts(attached, rules, slow_hash);
  }
  AccessParts parts(const escrow::AttachedAddresses* attached, const ProofRules& rules,
                    SlowHash& slow) {
    return {vault,
            &recipients,
            states,
            journal,
            slow,
            guesses,
            clock,
            [this](const escrow::EntryFacts& facts, const std::string& code, const std::string&) {
              return mail(facts, code);
            },
            [this](const escrow::EntryFacts& facts, const std::string& code, const std::string&) {
              (void)mail(facts, code);
            },
            attached,
            rules};
  }
  Access access{parts(nullptr, {})};

  AccessBench() {
    vault.entries.emplace(
        id, FakeVault::Entry{
                test_facts(id), escrow::EntryState::open, "Subject: x\r\n\r\nhello\r\n",
                std::pair<std::string, std::string>("Date of birth?", "1961-03-07"), false});
  }
};

}  // namespace phimilter::portal
