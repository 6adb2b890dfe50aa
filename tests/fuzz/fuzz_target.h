// SPDX-License-Identifier: Apache-2.0
//
// A fuzz target gives untrusted bytes to a parser of ours; any crash, leak, sanitizer report or run
// past the time limit is a finding. Built twice: with libFuzzer (preset `fuzz`), and with
// replay.cc, which runs the corpus in the tree through it as a test.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace phimilter::fuzz {

inline std::string_view bytes_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

// The first byte chooses among the ways to use the rest.
struct Choice {
  unsigned way = 0;
  std::string_view rest;
};

inline Choice choose(std::string_view bytes, unsigned ways) {
  if (bytes.empty()) {
    return {};
  }
  return {static_cast<unsigned char>(bytes.front()) % ways, bytes.substr(1)};
}

}  // namespace phimilter::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
