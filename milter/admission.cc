// SPDX-License-Identifier: Apache-2.0
#include "milter/admission.h"

namespace phimilter::milter {

namespace {

constexpr std::size_t kEnds = 16;  // that tell how fast it goes

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
  return elapsed * static_cast<std::int64_t>(in_work_ + waiting_) /
         static_cast<std::int64_t>(ends_.size() + 1);
}

bool Admission::admits(std::size_t announced) const {
  const std::lock_guard lock(mutex_);
  const std::size_t count = in_work_ + waiting_;
  if (closed_ || count >= limits_.most) {
    return false;
  }
  const bool no_room = in_work_ > 0 && waiting_ > 0 && bytes_ + announced > limits_.bytes;
  return !no_room && (count < limits_.always || expected_wait() <= limits_.longest_wait);
}

void Admission::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
}

std::size_t Admission::in_work() const {
  const std::lock_guard lock(mutex_);
  return in_work_ + waiting_;
}

std::optional<Admission::Place> Admission::enter(std::size_t size) {
  std::unique_lock lock(mutex_);
  ++waiting_;
  const bool room = room_.wait_for(lock, limits_.longest_wait,
                                   [&] { return in_work_ == 0 || bytes_ + size <= limits_.bytes; });
  --waiting_;
  if (!room) {
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
    ends_.push_back(now_());
    if (ends_.size() > kEnds) {
      ends_.pop_front();
    }
  }
  room_.notify_all();
}

}  // namespace phimilter::milter
