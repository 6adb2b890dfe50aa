// SPDX-License-Identifier: Apache-2.0
//
// A journal and a state store in memory, which can be made to fail; and all that Access needs.
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
#include "portal/fake_vault.h"
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
