// SPDX-License-Identifier: Apache-2.0
//
// Memory that many requests share: who wants some waits until there is some.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>

namespace phimilter::portal {

class MemoryBudget {
 public:
  explicit MemoryBudget(std::size_t bytes) : all_(bytes), left_(bytes) {}

  class Share {
   public:
    Share() = default;
    Share(MemoryBudget* from, std::size_t bytes) : from_(from), bytes_(bytes) {}
    Share(Share&& other) noexcept;
    Share& operator=(Share&& other) noexcept;
    ~Share() { shrink(0); }
    void shrink(std::size_t bytes);  // gives back what is above
    explicit operator bool() const { return from_ != nullptr; }

   private:
    MemoryBudget* from_ = nullptr;
    std::size_t bytes_ = 0;
  };
  // More than all there is counts as all. Without a share: nothing became free in time.
  Share take(std::size_t bytes, std::chrono::milliseconds patience);

 private:
  const std::size_t all_;
  std::mutex mutex_;
  std::condition_variable freed_;
  std::size_t left_;
};

}  // namespace phimilter::portal
