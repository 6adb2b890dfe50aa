// SPDX-License-Identifier: Apache-2.0
#include "extract/zip_layout.h"

#include <algorithm>
#include <cstdint>

#include "base/limits.h"
#include "extract/little_endian.h"

namespace phimilter::extract {
namespace {

constexpr std::string_view kLocalHeader("PK\x03\x04", 4);
constexpr std::string_view kDirectoryHeader("PK\x01\x02", 4);
constexpr std::string_view kEndRecord("PK\x05\x06", 4);
constexpr std::string_view kEndRecord64("PK\x06\x06", 4);
constexpr std::string_view kEndLocator64("PK\x06\x07", 4);
constexpr std::string_view kDescriptor("PK\x07\x08", 4);
constexpr std::size_t kLocalBytes = 30;
constexpr std::size_t kDirectoryBytes = 46;
constexpr std::size_t kEndBytes = 22;
constexpr std::size_t kEndBytes64 = 56;
constexpr std::size_t kLocatorBytes64 = 20;
constexpr std::size_t kLongestComment = 0xFFFF;
// With and without its signature, with sizes of 4 and 8 bytes.
constexpr std::size_t kLongestDescriptor = 24;
// What aligns files to pages stands behind the descriptor or in the extra field.
constexpr std::size_t kPadding = 64;
constexpr std::size_t kOtherNames = 100;

struct Directory {
  std::size_t end_record = 0;  // where the first of the end records starts
  std::uint64_t start = 0;     // as the file says it, before anything was put in front
  std::uint64_t size = 0;
  std::uint64_t entries = 0;
};

struct Extent {
  std::size_t from;
  std::size_t to;
};

std::optional<std::size_t> find_end_record(std::string_view bytes) {
  const std::size_t window = kEndBytes + kLongestComment;
  const std::size_t first = bytes.size() - std::min(bytes.size(), window);
  const std::size_t at = bytes.substr(first).rfind(kEndRecord);
  if (at == std::string_view::npos || bytes.size() - first - at < kEndBytes) {
    return std::nullopt;
  }
  return first + at;
}

std::optional<Directory> find_directory(std::string_view bytes) {
  const auto end = find_end_record(bytes);
  if (!end) {
    return std::nullopt;
  }
  Directory directory{*end, u32_at(bytes, *end + 16), u32_at(bytes, *end + 12),
                      u16_at(bytes, *end + 10)};
  if (*end < kLocatorBytes64 ||
      !slice(bytes, *end - kLocatorBytes64, kLocatorBytes64).starts_with(kEndLocator64)) {
    return directory;
  }
  const std::size_t locator = *end - kLocatorBytes64;
  // The place that the locator gives is off by what was put in front; the record stands before it.
  const std::size_t record = locator < kEndBytes64 ? 0 : locator - kEndBytes64;
  if (!slice(bytes, record, kEndBytes64).starts_with(kEndRecord64)) {
    return std::nullopt;
  }
  return Directory{record, u64_at(bytes, record + 48), u64_at(bytes, record + 40),
                   u64_at(bytes, record + 32)};
}

// The sizes of a large file stand in the extra field (4.5.3), in the order of those that are all
// ones.
std::uint64_t large_value(std::string_view extra, std::size_t values_before, std::uint32_t value) {
  if (value != 0xFFFFFFFFU) {
    return value;
  }
  while (extra.size() >= 4) {
    const std::size_t length = u16_at(extra, 2);
    if (u16_at(extra, 0) == 1) {
      return u64_at(slice(extra, 4, length), 8 * values_before);
    }
    extra.remove_prefix(std::min(extra.size(), 4 + length));
  }
  return value;
}

class LayoutReader {
 public:
  LayoutReader(std::string_view bytes, const Directory& directory)
      : bytes_(bytes), directory_(directory) {}

  std::optional<ZipLayout> read() {
    if (directory_.size > directory_.end_record) {
      return std::nullopt;
    }
    const std::size_t start = directory_.end_record - static_cast<std::size_t>(directory_.size);
    if (directory_.start > start) {
      return std::nullopt;
    }
    shift_ = start - static_cast<std::size_t>(directory_.start);
    std::size_t at = start;
    for (std::uint64_t i = 0; i < directory_.entries; ++i) {
      const std::size_t length = read_entry(at);
      if (length == 0) {
        return std::nullopt;
      }
      at += length;
      ++layout_.files;
    }
    agrees_ = agrees_ && at == directory_.end_record;
    const std::size_t comment = find_end_record(bytes_).value_or(0) + kEndBytes;
    layout_.comment += slice(bytes_, comment, kLongestComment);
    agrees_ = agrees_ && bytes_.size() - comment == u16_at(bytes_, comment - 2);
    extents_.push_back({start, bytes_.size()});
    judge_gaps();
    return std::move(layout_);
  }

 private:
  // Its length; 0: there is none.
  std::size_t read_entry(std::size_t at) {
    const std::string_view entry = slice(bytes_, at, kDirectoryBytes);
    if (entry.size() < kDirectoryBytes || !entry.starts_with(kDirectoryHeader)) {
      return 0;
    }
    const std::size_t name = u16_at(entry, 28);
    const std::size_t extra = u16_at(entry, 30);
    const std::size_t comment = u16_at(entry, 32);
    const std::string_view extra_field = slice(bytes_, at + kDirectoryBytes + name, extra);
    const std::uint32_t packed = u32_at(entry, 20);
    const std::size_t large_before = u32_at(entry, 24) == 0xFFFFFFFFU ? 1 : 0;
    const std::uint64_t size = large_value(extra_field, large_before, packed);
    const std::uint64_t offset =
        large_value(extra_field, large_before + (packed == 0xFFFFFFFFU ? 1 : 0), u32_at(entry, 42));
    layout_.comment += slice(bytes_, at + kDirectoryBytes + name + extra, comment);
    layout_.comment += comment > 0 ? "\n" : "";
    read_file(entry, slice(bytes_, at + kDirectoryBytes, name), offset, size);
    return kDirectoryBytes + name + extra + comment;
  }

  void read_file(std::string_view entry, std::string_view name, std::uint64_t offset,
                 std::uint64_t size) {
    if (offset > bytes_.size() || size > bytes_.size()) {
      agrees_ = false;
      return;
    }
    const std::size_t at = shift_ + static_cast<std::size_t>(offset);
    const std::string_view header = slice(bytes_, at, kLocalBytes);
    if (header.size() < kLocalBytes || !header.starts_with(kLocalHeader)) {
      agrees_ = false;
      return;
    }
    const std::size_t name_length = u16_at(header, 26);
    const std::string_view local_name = slice(bytes_, at + kLocalBytes, name_length);
    if (local_name != name) {
      agrees_ = false;
      add_other_name(local_name);
      add_other_name(name);
    }
    const bool described = (u16_at(header, 6) & 8U) != 0;
    const bool same_sizes =
        described || u32_at(header, 18) == u32_at(entry, 20) || u32_at(header, 18) == 0xFFFFFFFFU;
    agrees_ = agrees_ && same_sizes && u16_at(header, 8) == u16_at(entry, 10) &&
              ((u16_at(header, 6) ^ u16_at(entry, 8)) & 1U) == 0;
    const std::size_t data = at + kLocalBytes + name_length + u16_at(header, 28);
    extents_.push_back({at, data + static_cast<std::size_t>(size)});
  }

  // Any number of entries may point to the same long name.
  void add_other_name(std::string_view name) {
    if (layout_.other_names.size() < kOtherNames) {
      layout_.other_names.emplace_back(name.substr(0, limits::kFileName));
    }
  }

  bool is_filling(std::size_t from, std::size_t to) const {
    const std::string_view gap = slice(bytes_, from, to - from);
    return gap.size() <= kLongestDescriptor + kPadding &&
           gap.find(kLocalHeader) == std::string_view::npos &&
           (gap.size() <= kLongestDescriptor || gap.starts_with(kDescriptor) ||
            std::all_of(gap.begin(), gap.end(), [](char c) { return c == '\0'; }));
  }

  void judge_gaps() {
    std::sort(extents_.begin(), extents_.end(), [](const Extent& a, const Extent& b) {
      return a.from < b.from || (a.from == b.from && a.to < b.to);
    });
    layout_.start = extents_.front().from;
    // What stands before the first file is somebody else's to read, unless it is a file too.
    agrees_ =
        agrees_ && bytes_.substr(0, layout_.start).find(kLocalHeader) == std::string_view::npos;
    std::size_t covered = layout_.start;
    for (const auto& extent : extents_) {
      agrees_ = agrees_ && extent.from >= covered &&
                (extent.from == covered || is_filling(covered, extent.from));
      covered = std::max(covered, extent.to);
    }
    layout_.exact = agrees_ && covered == bytes_.size();
  }

  std::string_view bytes_;
  const Directory directory_;
  std::size_t shift_ = 0;  // bytes put in front of the whole
  bool agrees_ = true;
  std::vector<Extent> extents_;
  ZipLayout layout_;
};

}  // namespace

std::optional<ZipLayout> zip_layout(std::string_view bytes) {
  const auto directory = find_directory(bytes);
  return directory ? LayoutReader(bytes, *directory).read() : std::nullopt;
}

bool ends_as_zip(std::string_view bytes) {
  const auto end = find_end_record(bytes);
  if (!end || bytes.size() - *end - kEndBytes != u16_at(bytes, *end + 20)) {
    return false;
  }
  const auto directory = find_directory(bytes);
  return directory && directory->size <= directory->end_record &&
         (directory->entries == 0 ||
          slice(bytes, directory->end_record - static_cast<std::size_t>(directory->size), 4) ==
              kDirectoryHeader);
}

}  // namespace phimilter::extract
