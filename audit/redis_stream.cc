// SPDX-License-Identifier: Apache-2.0
#include "audit/redis_stream.h"

#include <signal.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "audit/journal_reader.h"
#include "audit/redis_connection.h"
#include "audit/stream_batch.h"
#include "base/log.h"

namespace phimilter::audit {

namespace {

constexpr std::size_t kBatchLines = 200;
constexpr std::size_t kBatchBytes = 1024 * 1024;
constexpr std::int64_t kIdleMs =
    500;  // how long the end of the program may wait for an idle shipper
constexpr std::chrono::milliseconds kFirstDelay{200}, kLongestDelay{30'000};
constexpr std::chrono::milliseconds kGather{20};

class RedisShipper final : public StreamShipper {
 public:
  RedisShipper(StreamOptions options, Journal& journal)
      : options_(std::move(options)),
        names_(stream_names(options_.stream, options_.writer)),
        journal_(journal),
        reader_(options_.journal_folder),
        thread_([this] { run(); }) {}

  ~RedisShipper() override {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_all();
    thread_.join();
  }

  std::uint64_t shipped() const override { return shipped_; }
  bool connected() const override { return connected_; }

 private:
  bool stopping() const {
    const std::lock_guard lock(mutex_);
    return stopping_;
  }

  void run() {
    // hiredis writes without MSG_NOSIGNAL; and the program's signals are not this thread's
    // business.
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, nullptr);
    while (!stopping()) {
      auto worked = attempt();
      if (worked) {
        delay_ = away_ ? delay_ : kFirstDelay;
        continue;
      }
      lost(worked.error());
      std::unique_lock lock(mutex_);
      wake_.wait_for(lock, delay_, [this] { return stopping_; });
      delay_ = std::min(delay_ * 2, kLongestDelay);
    }
  }

  // Connects if need be, and ships one batch or waits for one.
  Status attempt() {
    try {
      if (!redis_) {
        return connect();
      }
      if (position_.sequence >= journal_.wait_for_more(position_.sequence, kIdleMs)) {
        return {};
      }
      gather();
      return ship_batch();
    } catch (const std::exception&) {
      return fail(transient_fault("audit.stream_memory", "no memory to ship records"));
    }
  }

  // Records come in crowds: the first goes at once, and those behind it a few at a time.
  void gather() {
    std::unique_lock lock(mutex_);
    wake_.wait_until(lock, gathered_ + kGather, [this] { return stopping_; });
    gathered_ = std::chrono::steady_clock::now();
  }

  Status connect() {
    auto redis = connect_redis(options_.redis);
    if (!redis) {
      return fail(redis);
    }
    redis_ = std::move(*redis);
    const auto cursor = read_cursor(*redis_, names_);
    if (!cursor) {
      return fail(cursor.error());
    }
    if (auto found = go_to(*cursor); !found) {
      return found;
    }
    // One that answers and takes nothing (full, read-only) is away.
    if (position_.sequence >= journal_.last_sequence()) {
      back();
    }
    return {};
  }

  // The line at the cursor must be the journal's: a journal begun anew, or an older one put back,
  // has other lines under the same numbers.
  Status go_to(const Cursor& cursor) {
    reader_.seek(std::max<std::uint64_t>(cursor.sequence, 1));
    if (cursor.sequence > 0) {
      const auto line = cursor.sequence <= journal_.last_sequence()
                            ? reader_.next()
                            : Result<std::optional<JournalLine>>(std::nullopt);
      if (!line) {
        return fail(line.error());
      }
      if (!*line || (*line)->sequence != cursor.sequence || (*line)->hash != cursor.hash) {
        return fail(configuration_fault("audit.stream_cursor",
                                        "the cursor in Redis is of another journal; delete its key "
                                        "to ship this journal from its start")
                        .with("key", names_.cursor)
                        .with("sequence", std::to_string(cursor.sequence)));
      }
    }
    position_ = cursor;
    shipped_ = cursor.sequence;
    return {};
  }

  Status ship_batch() {
    const auto cursor = read_cursor(*redis_, names_);
    if (!cursor) {
      return fail(cursor.error());
    }
    if (*cursor != position_) {
      if (auto found = go_to(*cursor); !found) {
        return found;
      }
    }
    auto lines = next_lines();
    if (!lines || lines->empty()) {
      return lines ? Status() : Status(fail(lines));
    }
    const auto shipped = ship(*redis_, names_, position_, *lines);
    if (!shipped) {
      return fail(shipped.error());
    }
    if (!*shipped) {
      return fail(transient_fault("audit.stream_shared",
                                  "another shipper uses the same writer's name in Redis"));
    }
    position_ = {lines->back().sequence, lines->back().hash};
    shipped_ = position_.sequence;
    late_ += lines->size();
    back();
    return {};
  }

  Result<std::vector<JournalLine>> next_lines() {
    const std::uint64_t last = journal_.last_sequence();
    std::vector<JournalLine> lines;
    std::size_t bytes = 0;
    std::uint64_t expected = position_.sequence + 1;
    reader_.forget_read_ahead();
    while (expected <= last && lines.size() < kBatchLines && bytes < kBatchBytes) {
      auto line = reader_.next();
      if (!line) {
        return fail(line);
      }
      if (!*line || (expected > 1 && (*line)->sequence != expected)) {
        return fail(transient_fault("audit.stream_gap", "a line of the journal is missing")
                        .with("sequence", std::to_string(expected)));
      }
      expected = (*line)->sequence + 1;
      bytes += (*line)->json.size();
      lines.push_back(std::move(**line));
    }
    return lines;
  }

  // Once an outage, whatever else goes wrong while it lasts.
  void lost(const Fault& fault) {
    redis_.reset();
    connected_ = false;
    if (!away_) {
      log::fault(log::Level::warning, "", fault);
      log::event(log::Level::warning, "", "stream_away",
                 {{"stream", options_.stream}, {"shipped", std::to_string(shipped_.load())}});
    }
    away_ = true;
  }

  void back() {
    connected_ = true;
    catching_up_ = catching_up_ || away_;
    away_ = false;
    say_caught_up();
  }

  void say_caught_up() {
    if (catching_up_ && position_.sequence >= journal_.last_sequence()) {
      log::event(log::Level::info, "", "stream_back",
                 {{"stream", options_.stream}, {"shipped", std::to_string(late_)}});
      catching_up_ = false;
    }
    late_ = catching_up_ ? late_ : 0;
  }

  const StreamOptions options_;
  const StreamNames names_;
  Journal& journal_;
  JournalReader reader_;
  std::unique_ptr<RedisConnection> redis_;
  Cursor position_;
  std::chrono::milliseconds delay_ = kFirstDelay;
  std::chrono::steady_clock::time_point gathered_{};
  bool away_ = false;
  bool catching_up_ = false;
  std::uint64_t late_ = 0;  // shipped after an outage
  std::atomic<std::uint64_t> shipped_{0};
  std::atomic<bool> connected_{false};

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace

std::unique_ptr<StreamShipper> start_stream_shipper(const StreamOptions& options,
                                                    Journal& journal) {
  return std::make_unique<RedisShipper>(options, journal);
}

}  // namespace phimilter::audit
