// SPDX-License-Identifier: Apache-2.0
#include "extract/biff_records.h"

#include <algorithm>

#include "extract/code_page.h"
#include "extract/little_endian.h"

namespace phimilter::extract {
namespace {

constexpr std::uint16_t kContinue = 0x003C;
constexpr unsigned kRich = 0x08;
constexpr unsigned kExtended = 0x04;

// Low bytes of UTF-16 ("compressed"): ISO-8859-1.
std::string low_bytes(std::string_view bytes) {
  std::string wide;
  for (const char c : bytes) {
    wide += c;
    wide += '\0';
  }
  return decode_utf16le(wide);
}

}  // namespace

bool BiffRecords::next(BiffRecord& record) {
  if (offset_ + 4 > stream_.size()) {
    return false;
  }
  record.segments.clear();
  record.offset = offset_;
  record.type = u16_at(stream_, offset_);
  do {
    const std::size_t length = u16_at(stream_, offset_ + 2);
    record.segments.push_back(slice(stream_, offset_ + 4, length));
    short_read_ = short_read_ || record.segments.back().size() < length;
    offset_ += 4 + length;
  } while (offset_ + 4 <= stream_.size() && u16_at(stream_, offset_) == kContinue);
  record.body = record.segments.front();
  return true;
}

BiffCursor::BiffCursor(const BiffRecord& record, std::size_t skip) : segments_(record.segments) {
  this->skip(skip);
}

void BiffCursor::settle() {
  while (segment_ < segments_.size() && position_ >= segments_[segment_].size()) {
    ++segment_;
    position_ = 0;
  }
}

bool BiffCursor::at_end() const {
  std::size_t position = position_;
  for (std::size_t i = segment_; i < segments_.size(); ++i) {
    if (position < segments_[i].size()) {
      return false;
    }
    position = 0;
  }
  return true;
}

std::uint8_t BiffCursor::u8() {
  settle();
  return segment_ < segments_.size() ? u8_at(segments_[segment_], position_++) : std::uint8_t{0};
}

std::uint16_t BiffCursor::u16() {
  const unsigned low = u8();
  return static_cast<std::uint16_t>(low | static_cast<unsigned>(u8()) << 8U);
}

std::uint32_t BiffCursor::u32() {
  const std::uint32_t low = u16();
  return low | static_cast<std::uint32_t>(u16()) << 16U;
}

void BiffCursor::skip(std::size_t bytes) {
  settle();
  while (bytes > 0 && segment_ < segments_.size()) {
    const std::size_t step = std::min(bytes, segments_[segment_].size() - position_);
    position_ += step;
    bytes -= step;
    settle();
  }
}

std::string BiffCursor::characters(std::size_t count, bool wide) {
  std::string text;
  while (count > 0 && segment_ < segments_.size()) {
    if (position_ >= segments_[segment_].size()) {
      settle();
      wide = (u8() & 1U) != 0;
      if (segment_ >= segments_.size()) {
        break;
      }
    }
    const std::string_view rest = rest_of_segment();
    const std::size_t width = wide ? 2 : 1;
    const std::size_t here = std::min(count, rest.size() / width);
    const std::string_view run = rest.substr(0, here * width);
    text += wide ? decode_utf16le(run) : low_bytes(run);
    position_ += run.size();
    count -= here;
    if (here == 0) {
      position_ = segments_[segment_].size();  // half a character
    }
  }
  return text;
}

std::string BiffCursor::rich_string() {
  const std::size_t count = u16();
  const unsigned flags = u8();
  const std::size_t runs = (flags & kRich) != 0 ? u16() : 0;
  const std::size_t extension = (flags & kExtended) != 0 ? u32() : 0;
  std::string text = characters(count, (flags & 1U) != 0);
  skip(4 * runs);
  skip(extension);
  return text;
}

std::string_view BiffCursor::rest_of_segment() const {
  return segment_ < segments_.size()
             ? slice(segments_[segment_], position_, segments_[segment_].size())
             : std::string_view();
}

void BiffCursor::next_segment() {
  ++segment_;
  position_ = 0;
}

}  // namespace phimilter::extract
