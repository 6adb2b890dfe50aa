// SPDX-License-Identifier: Apache-2.0
//
// Records of Excel's binary streams ([MS-XLS] 2.1.4) and the strings in them, which may go on in
// CONTINUE records.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace phimilter::extract {

struct BiffRecord {
  std::uint16_t type = 0;
  std::size_t offset = 0;                  // of its header in the stream
  std::string_view body;                   // without what CONTINUE records add
  std::vector<std::string_view> segments;  // the body, then theirs
};

class BiffRecords {
 public:
  BiffRecords(std::string_view stream, std::size_t offset) : stream_(stream), offset_(offset) {}
  // False at the end of the stream.
  bool next(BiffRecord& record);
  // A record did not fit into the stream.
  bool short_read() const { return short_read_; }

 private:
  std::string_view stream_;
  std::size_t offset_;
  bool short_read_ = false;
};

// Reads a record with its continuations. Past the end numbers are 0 and texts are short.
class BiffCursor {
 public:
  explicit BiffCursor(const BiffRecord& record, std::size_t skip = 0);

  std::uint8_t u8();
  std::uint16_t u16();
  std::uint32_t u32();
  void skip(std::size_t bytes);
  bool at_end() const;
  // So many characters, of one or two bytes; each continuation says anew which (BIFF8).
  std::string characters(std::size_t count, bool wide);
  // Flags and characters: XLUnicodeStringNoCch.
  std::string flagged(std::size_t count) {
    const bool wide = (u8() & 1U) != 0;
    return characters(count, wide);
  }
  // XLUnicodeRichExtendedString.
  std::string rich_string();
  // What is left of this record, without its continuations.
  std::string_view rest_of_segment() const;
  void next_segment();

 private:
  void settle();  // on a segment that has bytes left, if there is one

  const std::vector<std::string_view>& segments_;
  std::size_t segment_ = 0;
  std::size_t position_ = 0;
};

}  // namespace phimilter::extract
