// SPDX-License-Identifier: Apache-2.0
#include "milter/admission.h"

namespace phimilter::milter {

namespace {

constexpr std::size_t kEnds = 16;     // that tell how fast it goes
constexpr int kShareBeforeGuess = 6;  // of the longest wait, before it is guessed who gets done

}  // namespace

Admission::Place::~Place() {
  if (admission_ != nullptr) {
    admission_->leave(size_);
  }
}

// Little's law: what is in work, by the rate at which it ends. The time since the last end counts,
// so that a standstill shows before anything has ended.
std::chrono::milliseconds Admission::expected_wait() const {
  const SteadyTime since = ends_.size() < kEnds ? busy_since_ : ends_.front();
  const auto elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(now_() - since);
  return elapsed * static_cast<std::int64_t>(in_work_ + line_.size()) /
         static_cast<std::int64_t>(ends_.size() + 1);
}

bool Admission::admits(std::size_t announced) const {
  const std::lock_guard lock(mutex_);
  const std::size_t count = in_work_ + line_.size();
  if (closed_ || count >= limits_.most) {
    return false;
  }
  const bool no_room = in_work_ > 0 && !line_.empty() && bytes_ + announced > limits_.bytes;
  return !no_room && (count < limits_.always || expected_wait() <= limits_.longest_wait);
}

void Admission::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
}

std::size_t Admission::in_work() const {
  const std::lock_guard lock(mutex_);
  return in_work_ + line_.size();
}

bool Admission::has_room(std::size_t size) const {
  return in_work_ == 0 || bytes_ + size <= limits_.bytes;
}

// Whether what stands before in the line is more than gets done in what is left of the wait. Who
// hears it early comes again; who waits in vain has kept a session of the MTA busy besides. What is
// in work counts as done, so that the guess errs on the side of waiting.
bool Admission::hopeless(Ticket ticket, SteadyTime since) const {
  const auto now = now_();
  const auto crowded = now - crowded_since_;
  if (crowded * kShareBeforeGuess < limits_.longest_wait) {
    return false;
  }
  std::size_t before = 0;
  for (auto each = line_.begin(); each != line_.end() && each->first <= ticket; ++each) {
    before += each->second;
  }
  const double left = std::chrono::duration<double>(since + limits_.longest_wait - now).count();
  const double rate =
      static_cast<double>(done_ + bytes_) / std::chrono::duration<double>(crowded).count();
  return static_cast<double>(before) > rate * left;
}

bool Admission::waits(std::unique_lock<std::mutex>& lock, std::size_t size) {
  const SteadyTime since = now_();
  if (line_.empty()) {
    crowded_since_ = since;
    done_ = 0;
  }
  const Ticket mine = next_++;
  line_.emplace(mine, size);
  room_.wait_for(lock, limits_.longest_wait,
                 [&] { return has_room(size) || hopeless(mine, since); });
  line_.erase(mine);
  return has_room(size);
}

std::optional<Admission::Place> Admission::enter(std::size_t size) {
  std::unique_lock lock(mutex_);
  if (!has_room(size) && !waits(lock, size)) {
    return std::nullopt;
  }
  if (in_work_++ == 0) {
    busy_since_ = now_();
    ends_.clear();
  }
  bytes_ += size;
  return Place(*this, size);
}

void Admission::leave(std::size_t size) {
  {
    const std::lock_guard lock(mutex_);
    --in_work_;
    bytes_ -= size;
    done_ += size;
    ends_.push_back(now_());
    if (ends_.size() > kEnds) {
      ends_.pop_front();
    }
  }
  room_.notify_all();
}

}  // namespace phimilter::milter
