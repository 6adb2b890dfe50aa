// SPDX-License-Identifier: Apache-2.0
//
// A vault in memory, which can be made to fail.
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

#include "escrow/vault.h"

namespace phimilter::portal {

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
    const auto found = entries.find(id);
    return found == entries.end() ? Result<escrow::EntryFacts>(
                                        fail(permanent_fault("escrow.no_entry", "no such entry")))
                                  : found->second.facts;
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
  // Whether somebody has the claim of replies just now, and had it at the last shred.
  bool replies_claimed = false, shredded_under_claim = false;
  std::optional<Fault> unclaimable{};
  std::function<void()> before_claim;
  Result<std::unique_ptr<escrow::VaultClaim>> claim(const EscrowId& /*id*/,
                                                    escrow::ClaimKind kind) override {
    if (before_claim) {
      before_claim();
    }
    if (kind != escrow::ClaimKind::replies) {
      return std::make_unique<escrow::VaultClaim>();
    }
    if (unclaimable) {
      return fail(*unclaimable);
    }
    return std::make_unique<RepliesClaim>(replies_claimed);
  }
  bool reply_under_way = false;  // somebody has the claim of replies
  Result<std::unique_ptr<escrow::VaultClaim>> try_claim(const EscrowId& id,
                                                        escrow::ClaimKind kind) override {
    return reply_under_way ? nullptr : claim(id, kind);
  }
  Result<escrow::Removal> shred(const EscrowId& id) override {
    const std::lock_guard lock(mutex_);
    shredded_under_claim = replies_claimed;
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
    if (broken) {
      return fail(transient_fault("test.vault", "the disk said no"));
    }
    return std::vector<EscrowId>(doomed.begin(), doomed.end());
  }

 private:
  class RepliesClaim final : public escrow::VaultClaim {
   public:
    explicit RepliesClaim(bool& claimed) : claimed_(claimed) { claimed_ = true; }
    ~RepliesClaim() override { claimed_ = false; }

   private:
    bool& claimed_;
  };
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

}  // namespace phimilter::portal
