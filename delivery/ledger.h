// SPDX-License-Identifier: Apache-2.0
//
// The submissions whose copies have begun to leave and are not done: what was decided for each
// recipient, and who has got a copy. A repeated submission goes on where the first one stopped.
// Made anew from the journal at start.
//
// Only copies of an unfinished submission are ever left out: a mail that was finished and comes
// again is a new mail. One that comes while the first is in work waits until that has ended, since
// it may be the try after an answer that nobody heard. A submission is finished when the MTA has
// gone on after our yes; one whose yes may have been lost stays, with everybody served.
#pragma once

#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "audit/record.h"
#include "base/clock.h"
#include "base/ids.h"
#include "policy/treatment.h"

namespace phimilter::delivery {

struct StoredOutcome {
  policy::Treatment treatment;
  bool settled = false;  // a copy was accepted, or refused for good and the sender was told
  bool refused = false;  // settled, and the latter
  // An earlier try may have sent a copy, and ended without knowing.
  bool in_doubt = false;
  std::string unrecorded{};  // settled, and this status is not on record yet
};

// How often a submission failed with the same fault, and since when.
struct Tries {
  std::int64_t count = 0;
  Timestamp first{};
};

// What a claim is to know about the mail.
struct ClaimTerms {
  bool protects = true;      // copies of it may leave by re-entry
  bool names_itself = true;  // delivery::names_itself
  std::chrono::milliseconds patience{0};
};

class Ledger {
 public:
  // The hold of one session on one submission. Given back when it goes: what was intended and is
  // not complete can then be claimed again.
  class Claim {
   public:
    Claim(Claim&& other) noexcept;
    Claim& operator=(Claim&&) = delete;
    Claim(const Claim&) = delete;
    Claim& operator=(const Claim&) = delete;
    ~Claim();

    const DigestId& digest() const { return digest_; }
    const std::string& instance() const { return instance_; }
    TokenId token(const std::string& address_key) const;
    // What an earlier try decided and did for that recipient; nullopt: nothing.
    std::optional<StoredOutcome> stored(const std::string& address_key) const;
    // Some recipient is settled, or may have got a copy that this process sent.
    bool begun() const;

    // intended() and completed() after their record is durable.
    void intended(const std::string& address_key, const policy::Treatment& treatment);
    void settled(const std::string& address_key, const std::string& unrecorded = {});
    void refused(const std::string& address_key);
    void doubted(const std::string& address_key);
    void completed(const std::string& address_key);
    // The MTA is about to be told yes, and everybody is settled: from now on its client may know.
    void answered();

   private:
    friend class Ledger;
    Claim(Ledger& ledger, DigestId digest, std::string instance)
        : ledger_(&ledger), digest_(std::move(digest)), instance_(std::move(instance)) {}
    Ledger* ledger_;
    DigestId digest_;
    std::string instance_;
  };

  Ledger() = default;
  Ledger(const Ledger&) = delete;
  Ledger& operator=(const Ledger&) = delete;

  // The unfinished submission of that digest that knows one of the recipients; else a new one.
  // Where somebody works for one of the recipients it is waited for; transient fault
  // (delivery.in_work): longer than the terms allow. Of a mail without a name of its own nobody can
  // tell a try after a lost yes from a second mail: those who had a copy get another one, in doubt.
  // Thread-safe.
  Result<Claim> claim(const DigestId& digest, std::span<const std::string> address_keys,
                      Timestamp now, const ClaimTerms& terms = {});

  // At start, with each record of the journal in order; records older than limits::kIntentWindowS
  // are passed over.
  void replay(const audit::Record& record, Timestamp now);

  // Counts one failed try, which is on record; a completed submission has none.
  void tried(const DigestId& digest, const std::string& fault, Timestamp now);
  Tries tries(const DigestId& digest, const std::string& fault) const;

  std::size_t unfinished() const;

 private:
  using Key = std::pair<DigestId, std::string>;  // digest, instance
  struct Submission {
    Timestamp begun{};
    std::vector<std::string> worked_for{};  // address keys; empty: nobody works on it
    bool client_may_know = false;           // it may have been told yes
    bool copy_may_have_left = false;        // a listener fell silent after its final dot
    std::map<TokenId, StoredOutcome> outcomes{};

    bool all_settled() const;
    bool knows(const Key& key, std::span<const std::string> address_keys) const;
    bool is_worked_for(std::span<const std::string> address_keys) const;
  };

  bool is_in_work(const DigestId& digest, std::span<const std::string> address_keys,
                  bool protects) const;
  static void take_up(Submission& submission, const ClaimTerms& terms);
  void give_back(const Key& key);
  void count_try(const DigestId& digest, const std::string& fault, Timestamp at);
  void forget_tries(const DigestId& digest);
  void replay_tries(const DigestId& digest, const audit::Record& record);
  void forget_old(Timestamp now);

  void replay_recipient(const audit::Record& record, const audit::RecipientRecord& recipient,
                        const Key& key);

  mutable std::mutex mutex_;
  std::condition_variable given_back_;
  std::map<Key, Submission> submissions_;
  std::map<std::pair<DigestId, std::string>, Tries> tries_;  // digest, fault
};

// The treatment as a record keeps it, and back. nullopt: the record is of a method that this
// version does not know.
void write_treatment(const policy::Treatment& treatment, audit::RecipientRecord& record);
std::optional<policy::Treatment> read_treatment(const audit::RecipientRecord& record);

// Reads so much of the journal into the ledger as limits::kIntentWindowS asks for: the same as all
// of it would give.
Status rebuild_ledger(const std::string& journal_folder, Timestamp now, Ledger& ledger);

// The status of a recipient who was refused for good and of whom the sender has been told.
inline constexpr std::string_view kRefusedStatus = "refused";
// The fault of a try whose MTA was gone at the end, and the status of a recipient who had a copy:
// the submission stays open, also when its outcome is on record.
inline constexpr std::string_view kUnheardFault = "milter.mta_gone";
inline constexpr std::string_view kSettledStatus = "settled";

}  // namespace phimilter::delivery
