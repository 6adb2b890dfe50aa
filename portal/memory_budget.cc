// SPDX-License-Identifier: Apache-2.0
#include "portal/memory_budget.h"

#include <algorithm>
#include <utility>

namespace phimilter::portal {

MemoryBudget::Share::Share(Share&& other) noexcept
    : from_(std::exchange(other.from_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}

MemoryBudget::Share& MemoryBudget::Share::operator=(Share&& other) noexcept {
  std::swap(from_, other.from_);
  std::swap(bytes_, other.bytes_);
  return *this;
}

void MemoryBudget::Share::shrink(std::size_t bytes) {
  if (from_ == nullptr || bytes >= bytes_) {
    return;
  }
  {
    const std::lock_guard lock(from_->mutex_);
    from_->left_ += bytes_ - bytes;
  }
  bytes_ = bytes;
  from_->freed_.notify_all();
}

MemoryBudget::Share MemoryBudget::take(std::size_t bytes, std::chrono::milliseconds patience) {
  bytes = std::min(bytes, all_);
  std::unique_lock lock(mutex_);
  if (!freed_.wait_for(lock, patience, [&] { return left_ >= bytes; })) {
    return {};
  }
  left_ -= bytes;
  return {this, bytes};
}

}  // namespace phimilter::portal
