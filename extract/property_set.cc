// SPDX-License-Identifier: Apache-2.0
#include "extract/property_set.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "base/encoding.h"
#include "extract/code_page.h"
#include "extract/little_endian.h"

namespace phimilter::extract {
namespace {

constexpr std::size_t kSets = 2;          // summary and user-defined
constexpr std::size_t kProperties = 500;  // past it the rest is nothing that a program shows
constexpr std::size_t kPasses = 4;        // over the set: honest values do not overlap
constexpr std::uint16_t kVectorFlag = 0x1000;
constexpr std::uint32_t kDictionary = 0;
constexpr std::uint32_t kCodePage = 1;

enum ValueType : std::uint16_t { kLpstr = 0x1E, kLpwstr = 0x1F, kVariant = 0x0C, kBstr = 0x08 };

// FMTID_SummaryInformation's; DocumentSummaryInformation has others of the same numbers.
constexpr std::array<std::pair<std::uint32_t, std::string_view>, 7> kSummaryNames{
    {{2, "Title"},
     {3, "Subject"},
     {4, "Author"},
     {5, "Keywords"},
     {6, "Comments"},
     {8, "Last saved by"},
     {18, "Application"}}};

class PropertySet {
 public:
  PropertySet(std::string_view bytes, bool summary) : bytes_(bytes), summary_(summary) {}

  std::string lines() {
    const std::size_t count = std::min<std::size_t>(u32_at(bytes_, 4), kProperties);
    for (std::size_t i = 0; i < count; ++i) {
      take_directory(u32_at(bytes_, 8 + 8 * i), u32_at(bytes_, 12 + 8 * i));
    }
    std::string text;
    for (std::size_t i = 0; i < count && decoded_ <= kPasses * bytes_.size(); ++i) {
      const std::uint32_t id = u32_at(bytes_, 8 + 8 * i);
      if (id > kCodePage && is_shown(id)) {
        add_line(text, id, value(u32_at(bytes_, 12 + 8 * i)));
      }
    }
    return text;
  }

 private:
  void take_directory(std::uint32_t id, std::uint32_t offset) {
    if (id == kCodePage) {
      code_page_ = u16_at(bytes_, offset + std::size_t{4});
    } else if (id == kDictionary) {
      dictionary_at_ = offset;
    }
  }

  // The summary's other values are counts, times and versions.
  bool is_shown(std::uint32_t id) const {
    return !summary_ || std::any_of(kSummaryNames.begin(), kSummaryNames.end(),
                                    [&](const auto& row) { return row.first == id; });
  }

  std::string name_of(std::uint32_t id) {
    if (summary_) {
      const auto* found = std::find_if(kSummaryNames.begin(), kSummaryNames.end(),
                                       [&](const auto& row) { return row.first == id; });
      return found == kSummaryNames.end() ? "" : std::string(found->second);
    }
    read_dictionary();
    const auto found = dictionary_.find(id);
    return found == dictionary_.end() ? "" : found->second;
  }

  void read_dictionary() {
    if (dictionary_at_ == 0 || !dictionary_.empty()) {
      return;
    }
    LittleEndianReader reader(slice(bytes_, std::exchange(dictionary_at_, 0), bytes_.size()));
    const std::size_t count = std::min<std::size_t>(reader.u32(), kProperties);
    for (std::size_t i = 0; i < count && !reader.short_read(); ++i) {
      const std::uint32_t id = reader.u32();
      const std::size_t characters = reader.u32();
      const bool wide = code_page_ == 1200;
      const std::size_t length = wide ? 2 * characters : characters;
      dictionary_[id] = string(reader.bytes(length));
      reader.bytes(wide ? (4 - length % 4) % 4 : 0);
    }
  }

  std::string string(std::string_view bytes) {
    decoded_ += bytes.size();
    std::string text = decode_code_page(bytes, code_page_);
    text.erase(std::min(text.find('\0'), text.size()));
    return text;
  }

  std::string value(std::size_t offset) {
    LittleEndianReader reader(slice(bytes_, offset, bytes_.size()));
    const std::uint16_t type = reader.u16();
    reader.u16();
    if ((type & kVectorFlag) == 0) {
      return one_value(reader, type);
    }
    std::string text;
    const std::size_t count = std::min<std::size_t>(reader.u32(), kProperties);
    for (std::size_t i = 0; i < count && !reader.short_read(); ++i) {
      std::uint16_t element = type & 0xFFFU;
      if (element == kVariant) {
        element = reader.u16();
        reader.u16();
      }
      const std::string one = one_value(reader, element);
      text += one.empty() || text.empty() ? one : "; " + one;
    }
    return text;
  }

  std::string one_value(LittleEndianReader& reader, std::uint16_t type) {
    if (type != kLpstr && type != kLpwstr && type != kBstr) {
      reader.u32();
      return {};
    }
    const std::size_t characters = reader.u32();
    if (type == kLpwstr) {
      const std::string_view bytes = reader.bytes(2 * characters);
      decoded_ += bytes.size();
      std::string text = decode_utf16le(bytes);
      reader.bytes(characters % 2 * 2);
      text.erase(std::min(text.find('\0'), text.size()));
      return text;
    }
    return string(reader.bytes(characters));
  }

  void add_line(std::string& text, std::uint32_t id, std::string value) {
    if (trim(value).empty()) {
      return;
    }
    std::replace_if(
        value.begin(), value.end(), [](char c) { return c == '\t' || c == '\n' || c == '\r'; },
        ' ');
    const std::string name = name_of(id);
    text += name.empty() ? value : name + "\t" + value;
    text += '\n';
  }

  std::string_view bytes_;
  bool summary_;
  unsigned code_page_ = kWindowsLatin;
  std::size_t dictionary_at_ = 0;
  std::size_t decoded_ = 0;
  std::map<std::uint32_t, std::string> dictionary_;
};

// FMTID_SummaryInformation F29F85E0-4FF9-1068-AB91-08002B27B3D9
constexpr std::string_view kSummary(
    "\xE0\x85\x9F\xF2\xF9\x4F\x68\x10\xAB\x91\x08\x00\x2B\x27\xB3\xD9", 16);

}  // namespace

void read_property_set(std::string_view stream, ReadingSink& sink) {
  if (u16_at(stream, 0) != 0xFFFE) {
    return;
  }
  const std::size_t sets = std::min<std::size_t>(u32_at(stream, 24), kSets);
  for (std::size_t i = 0; i < sets; ++i) {
    const bool summary = slice(stream, 28 + 20 * i, 16) == kSummary;
    const std::size_t offset = u32_at(stream, 44 + 20 * i);
    sink.text(PropertySet(slice(stream, offset, stream.size()), summary).lines());
  }
}

}  // namespace phimilter::extract
