// SPDX-License-Identifier: Apache-2.0
//
// Keys, passphrases and answers live here: moved, never copied, wiped when they go, never printed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace phimilter {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::size_t size) : bytes_(size) {}
  explicit Secret(std::span<const std::uint8_t> bytes) : bytes_(bytes.begin(), bytes.end()) {}
  explicit Secret(std::string_view text);
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  Secret(Secret&& other) noexcept : bytes_(std::move(other.bytes_)) { other.bytes_.clear(); }
  Secret& operator=(Secret&& other) noexcept;
  ~Secret() { wipe(); }

  // The only copy that can be made is one that says so.
  Secret duplicate() const { return Secret(span()); }
  std::size_t size() const { return bytes_.size(); }
  bool empty() const { return bytes_.empty(); }
  std::span<const std::uint8_t> span() const { return bytes_; }
  std::span<std::uint8_t> mutable_span() { return bytes_; }
  std::string_view view() const;

 private:
  void wipe() noexcept;
  std::vector<std::uint8_t> bytes_;
};

// Time depends on the lengths only.
bool constant_time_equal(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b);
bool constant_time_equal(std::string_view a, std::string_view b);

// Bytes of the kernel's random generator; ends the program if the kernel has none.
void fill_random(std::span<std::uint8_t> out);
Secret random_secret(std::size_t size);

// A key file: regular, not readable by others, exactly `size` bytes (0: any, up to 64 KiB).
// Configuration fault else.
Result<Secret> read_secret_file(const std::string& path, std::size_t size);

}  // namespace phimilter
