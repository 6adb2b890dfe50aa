// SPDX-License-Identifier: Apache-2.0
#include "audit/journal_follow.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>

#include "audit/journal_reader.h"
#include "base/log.h"

namespace phimilter::audit {

namespace {

constexpr std::int64_t kPauseMs = 500;

class FollowedJournal final : public Journal {
 public:
  // A shipper asks at once whether its cursor is of this journal.
  explicit FollowedJournal(const std::string& folder) : folder_(folder), reader_(folder) {
    read_on();
  }

  Result<std::uint64_t> append(std::span<const Record> /*records*/) override {
    return fail(bug_fault("audit.journal_followed", "another program writes this journal"));
  }
  std::uint64_t last_sequence() const override { return last_; }

  // By one thread, its shipper.
  std::uint64_t wait_for_more(std::uint64_t after, std::int64_t timeout_ms) override {
    if (last_ <= after) {
      read_on();
    }
    if (last_ <= after) {
      std::this_thread::sleep_for(std::chrono::milliseconds(std::min(timeout_ms, kPauseMs)));
    }
    return last_;
  }

 private:
  // To the end of what is there.
  void read_on() {
    reader_.forget_read_ahead();
    auto line = reader_.next();
    for (; line && *line; line = reader_.next()) {
      last_ = (*line)->sequence;
    }
    if (line) {
      said_ = false;
      return;
    }
    reader_.seek(last_ + 1);
    // Where nobody used phictl yet there is no folder.
    if (!said_ && access(folder_.c_str(), F_OK) == 0) {
      said_ = true;
      log::fault(log::Level::error, "-", line.error());
    }
  }

  const std::string folder_;
  JournalReader reader_;
  bool said_ = false;
  std::atomic<std::uint64_t> last_{0};
};

}  // namespace

std::unique_ptr<Journal> follow_journal(const std::string& folder) {
  return std::make_unique<FollowedJournal>(folder);
}

}  // namespace phimilter::audit
