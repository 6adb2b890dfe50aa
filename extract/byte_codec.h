// SPDX-License-Identifier: Apache-2.0
//
// Numbers and texts as bytes, big-endian, for the frames between filter and worker.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace phimilter::extract {

inline void put_number(std::string& out, std::uint64_t value, int bytes) {
  for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8) {
    out.push_back(static_cast<char>((value >> shift) & 0xFF));
  }
}

// u32 length, then the bytes.
inline void put_text(std::string& out, std::string_view text) {
  put_number(out, text.size(), 4);
  out.append(text);
}

class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : rest_(bytes) {}

  std::optional<std::uint64_t> number(std::size_t bytes) {
    if (rest_.size() < bytes) {
      return std::nullopt;
    }
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < bytes; ++i) {
      value = value << 8 | static_cast<unsigned char>(rest_[i]);
    }
    rest_.remove_prefix(bytes);
    return value;
  }

  std::optional<std::string_view> text(std::size_t longest) {
    const auto size = number(4);
    if (!size || *size > longest || *size > rest_.size()) {
      return std::nullopt;
    }
    const std::string_view value = rest_.substr(0, *size);
    rest_.remove_prefix(*size);
    return value;
  }

  bool at_end() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

}  // namespace phimilter::extract
