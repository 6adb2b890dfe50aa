// SPDX-License-Identifier: Apache-2.0
//
// What became of each item of each batch, so that running a batch again makes no second message,
// also at the same time and after a restart; and what the sender is to be told when the batch is at
// rest. An item is one recipient of one message of one batch of one sender.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "delivery/batch.h"
#include "delivery/batch_files.h"

namespace phimilter::delivery {

enum class BatchOutcome {
  sent,    // a copy was accepted
  held,    // waits for a person
  failed,  // refused for good; may be tried again
  skipped  // was sent or held before
};

struct BatchLine {
  std::string key;      // of the item
  std::string content;  // digest
  BatchOutcome outcome = BatchOutcome::sent;
  std::string method;
  Timestamp time{};
  std::string item;  // as the sender named it, or empty
  std::string address;
};

// What the sender is told. Names no more than kNamed of each kind.
struct BatchSummary {
  std::string file;  // of the book
  std::string id, sender, mta_name;
  std::map<std::string, std::size_t> sent;  // by method
  std::size_t held = 0, failed = 0, skipped = 0;
  std::vector<std::string> held_items, failed_items;  // item, or the address as in a log
  Timestamp first{}, last{};
  std::size_t covers = 0;  // lines of the book
  bool ended = false;
};

struct BatchOptions {
  std::chrono::seconds quiet{0};   // 0: only an end mark brings the summary
  std::chrono::seconds window{0};  // a batch is forgotten so long after its last message
};

class BatchBook {
 public:
  enum class Standing { fresh, sent, held, other_content };

  // The hold of one message on its items: nobody else works on them until it goes.
  class Claim {
   public:
    Claim(Claim&& other) noexcept;
    Claim& operator=(Claim&&) = delete;
    Claim(const Claim&) = delete;
    Claim& operator=(const Claim&) = delete;
    ~Claim();

    Standing standing(const std::string& address_key) const;
    // Durable on return. What was sent once stays sent, and is not counted twice; nor is what was
    // left out before, until the sender was told.
    Status note(const mail::Address& address, BatchOutcome outcome, std::string_view method);
    Status note_end();

   private:
    friend class BatchBook;
    Claim() = default;
    std::string key_of(const std::string& address_key) const;
    BatchBook* book_ = nullptr;
    std::string file_;
    BatchMark mark_;
    std::string content_;
    std::vector<std::string> keys_;
  };

  // `files` is borrowed.
  BatchBook(BatchFiles& files, BatchOptions options, const Clock& clock)
      : files_(files), options_(options), clock_(clock) {}
  BatchBook(const BatchBook&) = delete;
  BatchBook& operator=(const BatchBook&) = delete;

  // Transient fault "batch.busy": another message works on one of the items just now. Permanent
  // fault "batch.full": more items than limits::kBatchItems, or as much as a file may hold.
  Result<Claim> claim(const BatchMark& mark, const mail::Envelope& envelope,
                      const DigestId& content, std::span<const std::string> address_keys);

  // At start: what was not told before the process ended is due again. A file that cannot be read
  // is logged, and a fault for its own batch alone.
  Status load_untold();
  // Batches at rest of which the sender was not told yet.
  std::vector<BatchSummary> due();
  Status told(const BatchSummary& summary);
  // It is not due before so much time has passed.
  void put_off(const BatchSummary& summary, std::chrono::seconds by);
  // Forgets batches that are older than the window.
  void forget_old();

 private:
  struct Batch {
    std::string id, sender, mta_name;
    struct Item {
      std::string content;
      BatchOutcome outcome;
    };
    std::map<std::string, Item, std::less<>> items;  // sent or held
    std::map<std::string, int, std::less<>> in_work;
    std::vector<BatchLine> untold;
    std::set<std::string, std::less<>> skipped;  // of the untold
    std::size_t lines = 0;                       // of items, in the file
    bool ended = false;
    Timestamp last{}, not_before{};
  };

  Result<Batch*> batch(const std::string& file);  // with mutex_ held
  static void read_line(std::string_view line, Batch& batch);
  static void count(BatchLine line, Batch& batch);
  static void note_skipped(const BatchLine& line, Batch& batch);
  BatchSummary summary_of(const std::string& file, const Batch& batch) const;

  BatchFiles& files_;
  const BatchOptions options_;
  const Clock& clock_;
  std::mutex mutex_;
  std::map<std::string, Batch> batches_;  // those that were looked at
};

}  // namespace phimilter::delivery
