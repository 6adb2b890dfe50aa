// SPDX-License-Identifier: Apache-2.0
#include "portal/parse_arena.h"

#include <gumbo.h>
#include <setjmp.h>
#include <time.h>

#include <algorithm>

#include "base/limits.h"

namespace phimilter::portal {
namespace {

constexpr std::size_t kBlock = 1 * limits::kMiB;

std::int64_t thread_cpu_ms() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<std::int64_t>(now.tv_sec) * 1000 + now.tv_nsec / 1'000'000;
}

struct Parse {
  ParseArena* arena;
  jmp_buf over_limit;
};

// Only Gumbo's C frames lie between here and the setjmp, so nothing is left undone.
void* allocate(void* user, std::size_t size) {
  auto* parse = static_cast<Parse*>(user);
  void* memory = parse->arena->allocate(size);
  if (memory == nullptr) {
    longjmp(parse->over_limit, 1);  // NOLINT(cert-err52-cpp): the C library has no other way out
  }
  return memory;
}

void deallocate(void* /*user*/, void* /*memory*/) {}

}  // namespace

ParseArena::ParseArena(std::size_t most_bytes, std::int64_t most_cpu_ms)
    : left_(most_bytes), deadline_ms_(thread_cpu_ms() + most_cpu_ms) {}

ParseArena::~ParseArena() = default;

bool ParseArena::late() {
  return ++calls_ % 256 == 0 && thread_cpu_ms() > deadline_ms_;
}

void* ParseArena::allocate(std::size_t size) {
  constexpr std::size_t kAlign = alignof(std::max_align_t);
  const std::size_t wanted = (std::max<std::size_t>(size, 1) + kAlign - 1) / kAlign * kAlign;
  if (wanted < size || wanted > left_ || late()) {
    return nullptr;
  }
  if (wanted > block_left_) {
    block_left_ = std::max(wanted, kBlock);
    blocks_.emplace_back(new (std::nothrow) std::byte[block_left_]);
    next_ = blocks_.back().get();
    if (next_ == nullptr) {
      block_left_ = 0;
      return nullptr;
    }
  }
  void* memory = next_;
  next_ += wanted;
  block_left_ -= wanted;
  left_ -= wanted;
  return memory;
}

const GumboInternalNode* parse_within(ParseArena& arena, std::string_view html) {
  Parse parse{&arena, {}};
  GumboOptions options = kGumboDefaultOptions;
  options.allocator = &allocate;
  options.deallocator = &deallocate;
  options.userdata = &parse;
  options.max_errors = 0;
  if (setjmp(parse.over_limit) != 0) {  // NOLINT(cert-err52-cpp)
    return nullptr;
  }
  const GumboOutput* output = gumbo_parse_with_options(&options, html.data(), html.size());
  return output->root;
}

}  // namespace phimilter::portal
