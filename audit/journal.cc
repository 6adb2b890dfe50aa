// SPDX-License-Identifier: Apache-2.0
#include "audit/journal.h"

#include <condition_variable>
#include <mutex>

#include "audit/journal_disk.h"
#include "audit/journal_file.h"
#include "audit/journal_line.h"
#include "audit/journal_lock.h"
#include "base/log.h"

namespace phimilter::audit {

namespace {

// Callers that come while one of them is at the disk wait and go together: the first of them writes
// for all.
class GroupCommitJournal final : public Journal {
 public:
  GroupCommitJournal(UniqueFd lock, JournalFileWriter file, std::string writer, const Clock& clock)
      : lock_(std::move(lock)),
        file_(std::move(file)),
        writer_(std::move(writer)),
        clock_(clock),
        durable_(file_.end().sequence) {}

  Result<std::uint64_t> append(std::span<const Record> records) override {
    Waiter mine;
    mine.records = records;
    std::unique_lock lock(mutex_);
    queue_.push_back(&mine);
    mine.turn.wait(lock, [&] { return mine.done || mine.leads || !leading_; });
    if (!mine.done) {
      lead(lock);
    }
    return std::move(mine.result);
  }

  std::uint64_t last_sequence() const override {
    const std::lock_guard lock(mutex_);
    return durable_;
  }

  std::uint64_t wait_for_more(std::uint64_t after, std::int64_t timeout_ms) override {
    std::unique_lock lock(mutex_);
    more_.wait_for(lock, std::chrono::milliseconds(timeout_ms), [&] { return durable_ > after; });
    return durable_;
  }

 private:
  struct Waiter {
    std::span<const Record> records;
    Result<std::uint64_t> result =
        fail(transient_fault("audit.journal_write", "the record was not written"));
    bool done = false;
    bool leads = false;            // its turn to write for all who wait
    std::condition_variable turn;  // of its own: many may wait, and few have reason to wake
  };
  using Batch = std::vector<Waiter*>;

  void lead(std::unique_lock<std::mutex>& lock) {
    leading_ = true;
    Batch batch;
    batch.swap(queue_);
    lock.unlock();
    try {
      commit(batch);
    } catch (const std::exception&) {
      file_.doubt_tail();
      settle(batch, fail(transient_fault("audit.journal_memory", "no memory to write a record")));
    }
    lock.lock();
    durable_ = file_.end().sequence;
    for (Waiter* waiter : batch) {
      waiter->done = true;
      waiter->turn.notify_one();
    }
    leading_ = !queue_.empty();
    if (leading_) {
      queue_.front()->leads = true;
      queue_.front()->turn.notify_one();
    }
    more_.notify_all();
  }

  // Called by the leader only: file_ is its own until leading_ is false again.
  void commit(const Batch& batch) {
    ChainEnd end = file_.end();
    std::string lines;
    Batch written;
    const Timestamp now = clock_.now();
    for (Waiter* waiter : batch) {
      ChainEnd after = end;
      const std::string own = lines_of(waiter->records, now, after);
      if (own.empty() && !waiter->records.empty()) {
        waiter->result = fail(permanent_fault("audit.record_size", "a record is too long"));
        continue;
      }
      lines += own;
      end = std::move(after);
      waiter->result = end.sequence;
      written.push_back(waiter);
    }
    if (lines.empty()) {
      return;
    }
    if (auto appended = file_.append(lines, end); !appended) {
      settle(written, appended);
    }
  }

  // Empty: one of them is longer than a line may be.
  std::string lines_of(std::span<const Record> records, Timestamp now, ChainEnd& end) const {
    std::string lines;
    for (const Record& given : records) {
      Record record = given;
      record.sequence = end.sequence + 1;
      record.writer = writer_;
      record.time = now;
      const std::string line =
          make_line(record.sequence, std::string(end.hash), to_json(record), end.hash);
      end.sequence = record.sequence;
      if (line.size() > kLongestLine) {
        return "";
      }
      lines += line;
    }
    return lines;
  }

  static void settle(const Batch& batch, const Status& status) {
    for (Waiter* waiter : batch) {
      waiter->result = tl::unexpected<Fault>(status.error());
    }
  }

  const UniqueFd lock_;
  JournalFileWriter file_;
  const std::string writer_;
  const Clock& clock_;

  mutable std::mutex mutex_;
  std::condition_variable more_;
  Batch queue_;
  bool leading_ = false;
  std::uint64_t durable_ = 0;
};

}  // namespace

namespace {

// The record first: a head that is new says that all is well.
Status begin_head(JournalFileWriter& file, const std::string& writer, const Clock& clock) {
  if (file.lost_head()) {
    Record record;
    record.event = Event::head_lost;
    record.fault = "audit.journal_head";
    record.sequence = file.end().sequence + 1;
    record.writer = writer;
    record.time = clock.now();
    ChainEnd end{record.sequence, ""};
    const std::string line = make_line(record.sequence, file.end().hash, to_json(record), end.hash);
    log::event(log::Level::error, "", "journal_head_lost",
               {{"writer", writer}, {"sequence", std::to_string(record.sequence)}});
    if (auto written = file.append(line, end); !written) {
      return written;
    }
  }
  return file.begin_head();
}

}  // namespace

Result<std::unique_ptr<Journal>> open_journal(const std::string& folder, const std::string& writer,
                                              const Clock& clock, std::unique_ptr<JournalDisk> disk,
                                              const JournalOptions& options) {
  auto lock = lock_journal(folder);
  if (!lock) {
    return fail(lock);
  }
  JournalFileWriter file(folder, std::move(disk), options);
  auto opened = file.open();
  if (opened) {
    opened = begin_head(file, writer, clock);
  }
  if (!opened) {
    return fail(opened);
  }
  return std::unique_ptr<Journal>(
      std::make_unique<GroupCommitJournal>(std::move(*lock), std::move(file), writer, clock));
}

Result<std::unique_ptr<Journal>> open_journal(const std::string& folder, const std::string& writer,
                                              const Clock& clock) {
  return open_journal(folder, writer, clock, std::make_unique<JournalDisk>(), JournalOptions{});
}

}  // namespace phimilter::audit
