// SPDX-License-Identifier: Apache-2.0
#include "phictl/recipients_recorded.h"

#include <algorithm>

#include "base/log.h"
#include "phictl/held_desk.h"

namespace phimilter::phictl {
namespace {

using escrow::Proof;
using escrow::RecipientEntry;
using escrow::RecipientRow;
using escrow::RecipientStore;

// One line of the journal stays readable, also where a file has a hundred thousand rows.
constexpr std::size_t kMostInOneRecord = 200;

audit::RecipientRecord change_of(const mail::Address& address,
                                 const std::optional<RecipientEntry>& before,
                                 const RecipientEntry& entry, bool other_proof) {
  audit::RecipientRecord out;
  out.address = address.spelled();
  out.status = before ? "changed" : "added";
  const RecipientEntry was = before.value_or(RecipientEntry{});
  if (const std::string consent = consent_text(entry); consent != consent_text(was)) {
    out.reasons.push_back(consent.empty() ? "consent withdrawn" : "consent " + consent);
  }
  if (entry.language != was.language) {
    out.reasons.emplace_back("language");
  }
  if (other_proof) {
    out.reasons.emplace_back("proof");
  }
  return out;
}

class RecordedRecipients final : public RecipientStore {
 public:
  RecordedRecipients(std::unique_ptr<RecipientStore> store, const Settings& settings,
                     std::string person)
      : store_(std::move(store)), settings_(settings), person_(std::move(person)) {}

  Result<std::optional<RecipientEntry>> find(const mail::Address& address) override {
    return store_->find(address);
  }

  Result<std::unique_ptr<escrow::VaultClaim>> hold(std::chrono::milliseconds patience) override {
    return store_->hold(patience);
  }

  Status put(const mail::Address& address, const RecipientEntry& entry,
             const std::optional<Proof>& proof) override {
    const auto before = store_->find(address);
    if (!before) {
      return fail(before.error());
    }
    const auto change = change_of(address, *before, entry, proof.has_value());
    if (change.reasons.empty()) {
      return store_->put(address, entry, proof);
    }
    const Status written = write_down({change});
    return written ? or_undone({change}, store_->put(address, entry, proof)) : written;
  }

  Status put_all(const std::vector<RecipientRow>& rows) override {
    std::vector<audit::RecipientRecord> changes;
    for (const RecipientRow& row : rows) {
      const auto before = store_->find(row.address);
      if (!before) {
        return fail(before.error());
      }
      changes.push_back(change_of(row.address, *before, row.entry, row.proof.has_value()));
    }
    const Status written = changes.empty() ? Status() : write_down(changes);
    return written ? or_undone(std::move(changes), store_->put_all(rows)) : written;
  }

  Result<std::optional<Proof>> proof(const mail::Address& address) override {
    return store_->proof(address);
  }

  Status remove(const mail::Address& address) override {
    audit::RecipientRecord change;
    change.address = address.spelled();
    change.status = "deleted";
    const Status written = write_down({change});
    return written ? or_undone({std::move(change)}, store_->remove(address)) : written;
  }

 private:
  // What is on record and was not done is said behind it. An import that counts already is done by
  // whoever opens the folder next.
  Status or_undone(std::vector<audit::RecipientRecord> changes, Status done) const {
    if (done || done.error().id == "escrow.import_unfinished") {
      return done;
    }
    for (audit::RecipientRecord& change : changes) {
      change.status = "not done";
      change.reasons = {"fault: " + done.error().id};
    }
    if (const Status written = write_down(std::move(changes)); !written) {
      log::fault(log::Level::error, "-", written.error());
    }
    return done;
  }

  // Opened for these lines alone, since one program at a time may hold it.
  Status write_down(std::vector<audit::RecipientRecord> changes) const {
    auto journal = open_own_journal(settings_);
    if (!journal) {
      return fail(journal);
    }
    for (std::size_t from = 0; from < changes.size(); from += kMostInOneRecord) {
      audit::Record record;
      record.event = audit::Event::recipient_changed;
      record.login = person_;
      const std::size_t until = std::min(changes.size(), from + kMostInOneRecord);
      for (std::size_t i = from; i < until; ++i) {
        record.recipients.push_back(std::move(changes[i]));
      }
      if (auto written = (*journal)->append(record); !written) {
        return fail(written);
      }
    }
    return {};
  }

  const std::unique_ptr<RecipientStore> store_;
  const Settings settings_;
  const std::string person_;
};

}  // namespace

std::unique_ptr<RecipientStore> recorded_recipients(std::unique_ptr<RecipientStore> store,
                                                    const Settings& settings, std::string person) {
  return std::make_unique<RecordedRecipients>(std::move(store), settings, std::move(person));
}

}  // namespace phimilter::phictl
