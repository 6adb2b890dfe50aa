// SPDX-License-Identifier: Apache-2.0
//
// Numbers and runs of bytes at a place in bytes that somebody hostile may have made. Past the end a
// number is 0 and a run is short: readers check the lengths that matter to them and go on.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace phimilter::extract {

inline std::string_view slice(std::string_view bytes, std::size_t position, std::size_t length) {
  return position < bytes.size() ? bytes.substr(position, length) : std::string_view();
}

template <typename Number>
Number little_endian(std::string_view bytes, std::size_t position) {
  if (position > bytes.size() || bytes.size() - position < sizeof(Number)) {
    return 0;
  }
  Number value = 0;
  for (std::size_t i = 0; i < sizeof(Number); ++i) {
    const auto byte = static_cast<Number>(static_cast<unsigned char>(bytes[position + i]));
    value = static_cast<Number>(value | static_cast<Number>(byte << (8 * i)));
  }
  return value;
}

inline std::uint8_t u8_at(std::string_view bytes, std::size_t position) {
  return little_endian<std::uint8_t>(bytes, position);
}
inline std::uint16_t u16_at(std::string_view bytes, std::size_t position) {
  return little_endian<std::uint16_t>(bytes, position);
}
inline std::uint32_t u32_at(std::string_view bytes, std::size_t position) {
  return little_endian<std::uint32_t>(bytes, position);
}
inline std::uint64_t u64_at(std::string_view bytes, std::size_t position) {
  return little_endian<std::uint64_t>(bytes, position);
}

// Reads on from where it stands; `short_read()` once something was asked for past the end.
class LittleEndianReader {
 public:
  explicit LittleEndianReader(std::string_view bytes) : bytes_(bytes) {}

  std::uint8_t u8() { return number<std::uint8_t>(); }
  std::uint16_t u16() { return number<std::uint16_t>(); }
  std::uint32_t u32() { return number<std::uint32_t>(); }

  std::string_view bytes(std::size_t length) {
    const std::string_view run = slice(bytes_, position_, length);
    short_read_ = short_read_ || run.size() < length;
    position_ += run.size();
    return run;
  }
  std::string_view rest() { return bytes(left()); }
  std::size_t left() const { return bytes_.size() - position_; }
  std::size_t position() const { return position_; }
  bool short_read() const { return short_read_; }

 private:
  template <typename Number>
  Number number() {
    const std::string_view run = bytes(sizeof(Number));
    return little_endian<Number>(run, 0);
  }

  std::string_view bytes_;
  std::size_t position_ = 0;
  bool short_read_ = false;
};

}  // namespace phimilter::extract
