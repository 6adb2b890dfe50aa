// SPDX-License-Identifier: Apache-2.0
#include "milter/open_outcomes.h"

#include <algorithm>
#include <utility>

#include "base/log.h"

namespace phimilter::milter {

namespace {

constexpr std::chrono::milliseconds kAgain{1'000};  // after the journal failed

SteadyTime steady_now() {
  return std::chrono::steady_clock::now();
}

}  // namespace

Status complete(std::span<OpenOutcome* const> outcomes, audit::Journal& journal) {
  std::vector<audit::Record> records;
  for (const OpenOutcome* outcome : outcomes) {
    records.push_back(outcome->record);
  }
  auto written = journal.append(records);
  if (!written) {
    return fail(written);
  }
  for (OpenOutcome* outcome : outcomes) {
    for (const std::string& key : outcome->address_keys) {
      outcome->claim.completed(key);
    }
  }
  return {};
}

OpenOutcomes::OpenOutcomes(audit::Journal& journal, std::function<bool(SteadyTime)> stood_still,
                           std::int64_t read_ms)
    : journal_(journal),
      stood_still_(std::move(stood_still)),
      read_(read_ms),
      thread_([this] { run(); }) {}

OpenOutcomes::~OpenOutcomes() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

OpenOutcomes::Ticket OpenOutcomes::keep(std::unique_ptr<OpenOutcome> outcome) {
  const std::lock_guard lock(mutex_);
  entries_.push_back({++last_, steady_now() + read_, std::move(outcome)});
  wake_.notify_all();
  return last_;
}

void OpenOutcomes::went_on(Ticket ticket) {
  const std::lock_guard lock(mutex_);
  const auto found = std::find_if(entries_.begin(), entries_.end(),
                                  [ticket](const Entry& entry) { return entry.ticket == ticket; });
  if (found != entries_.end()) {
    found->due = steady_now();
    wake_.notify_all();
  }
}

void OpenOutcomes::drain(std::chrono::milliseconds most) {
  std::unique_lock lock(mutex_);
  written_.wait_for(lock, most, [this] { return entries_.empty() && !writing_; });
}

std::list<OpenOutcomes::Entry> OpenOutcomes::take_due(SteadyTime now) {
  std::list<Entry> due;
  for (auto at = entries_.begin(); at != entries_.end();) {
    const auto next = std::next(at);
    if (at->due <= now) {
      due.splice(due.end(), entries_, at);
    }
    at = next;
  }
  return due;
}

// What the journal did not take is still there afterwards.
void OpenOutcomes::write(std::list<Entry>& due) {
  std::erase_if(due, [this](const Entry& entry) {
    const bool doubtful = stood_still_(entry.outcome->awaited);
    if (doubtful) {
      log::event(log::Level::warning, entry.outcome->record.queue_id, "answer_perhaps_unread");
    }
    return doubtful;
  });
  std::vector<OpenOutcome*> outcomes;
  for (const Entry& entry : due) {
    outcomes.push_back(entry.outcome.get());
  }
  const auto written = outcomes.empty() ? Status() : complete(outcomes, journal_);
  if (written) {
    due.clear();
  } else {
    log::fault(log::Level::error, "-", written.error());
  }
}

void OpenOutcomes::run() {
  std::unique_lock lock(mutex_);
  while (!ending_) {
    auto due = take_due(steady_now());
    if (due.empty()) {
      const auto first =
          std::min_element(entries_.begin(), entries_.end(),
                           [](const Entry& a, const Entry& b) { return a.due < b.due; });
      first == entries_.end() ? wake_.wait(lock) : void(wake_.wait_until(lock, first->due));
      continue;
    }
    writing_ = true;
    lock.unlock();
    write(due);
    lock.lock();
    writing_ = false;
    for (Entry& entry : due) {
      entry.due = steady_now() + kAgain;
    }
    entries_.splice(entries_.end(), due);
    written_.notify_all();
  }
}

}  // namespace phimilter::milter
