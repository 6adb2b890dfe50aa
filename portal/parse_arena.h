// SPDX-License-Identifier: Apache-2.0
//
// Gumbo with a limit on memory and time. Its parser has none of its own, and it frees its tree by
// recursion, which hostile nesting would turn into a stack overflow; so all its memory comes from
// an arena that is dropped at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

struct GumboInternalNode;

namespace phimilter::portal {

class ParseArena {
 public:
  ParseArena(std::size_t most_bytes, std::int64_t most_cpu_ms);
  ~ParseArena();
  ParseArena(const ParseArena&) = delete;
  ParseArena& operator=(const ParseArena&) = delete;
  // nullptr: over a limit.
  void* allocate(std::size_t size);

 private:
  bool late();
  std::size_t left_;
  std::int64_t deadline_ms_;
  std::size_t calls_ = 0;
  std::vector<std::unique_ptr<std::byte[]>> blocks_;
  std::byte* next_ = nullptr;
  std::size_t block_left_ = 0;
};

// The tree's root element, alive as long as the arena; nullptr: over a limit.
const GumboInternalNode* parse_within(ParseArena& arena, std::string_view html);

}  // namespace phimilter::portal
