// SPDX-License-Identifier: Apache-2.0
#include "extract/compound_file.h"

#include <algorithm>
#include <utility>

#include "base/encoding.h"
#include "base/limits.h"
#include "extract/code_page.h"
#include "extract/little_endian.h"

namespace phimilter::extract {
namespace {

constexpr std::size_t kHeader = 512;
constexpr std::size_t kEntry = 128;
constexpr std::size_t kNamesInEntry = 64;
constexpr std::uint32_t kLastSector = 0xFFFFFFFA;  // MAXREGSECT: from here on no sector is meant
constexpr std::uint32_t kNoEntry = 0xFFFFFFFF;
constexpr std::size_t kTableSectorsInHeader = 109;
constexpr std::size_t kCopies = 4;  // of the file: what all reads together may copy

void append_numbers(std::vector<std::uint32_t>& numbers, std::string_view bytes) {
  for (std::size_t i = 0; i + 4 <= bytes.size(); i += 4) {
    numbers.push_back(u32_at(bytes, i));
  }
}

bool is_sector_shift(unsigned shift) {
  return shift >= 7 && shift <= 16;
}

}  // namespace

CompoundFile::CompoundFile(std::string_view bytes)
    : bytes_(bytes), budget_(kCopies * bytes.size() + limits::kMiB) {}

std::optional<CompoundFile> CompoundFile::open(std::string_view bytes) {
  if (bytes.size() < kHeader || !bytes.starts_with(kCompoundFileMark)) {
    return std::nullopt;
  }
  CompoundFile file(bytes);
  const unsigned shift = u16_at(bytes, 30);
  const unsigned mini_shift = u16_at(bytes, 32);
  // Writers get these wrong, and readers do not look: 512 and 64 are what nearly all files have.
  file.sector_size_ = std::size_t{1} << (is_sector_shift(shift) ? shift : 9U);
  file.mini_sector_size_ = std::size_t{1}
                           << (mini_shift >= 4 && mini_shift <= 12 ? mini_shift : 6U);
  file.damaged_ = !is_sector_shift(shift);
  const std::size_t body = bytes.size() - std::min(bytes.size(), file.sector_size_);
  file.sectors_ = body / file.sector_size_ + (body % file.sector_size_ != 0 ? 1 : 0);
  file.read_allocation_table();
  if (!file.read_directory()) {
    return std::nullopt;
  }
  file.link_children();
  const std::uint32_t cutoff = u32_at(bytes, 56);
  file.mini_cutoff_ = cutoff == 0 ? 4096 : cutoff;
  const auto mini_bytes =
      static_cast<std::size_t>(std::min<std::uint64_t>(file.entries_[kRoot].size, bytes.size()));
  if (mini_bytes > 0) {
    append_numbers(file.mini_table_, file.read_sectors(u32_at(bytes, 60), bytes.size()));
    file.mini_stream_ = file.read_sectors(file.entries_[kRoot].start, mini_bytes);
  }
  return file;
}

std::string_view CompoundFile::sector(std::uint32_t number) const {
  // The header fills the first sector, whatever its size.
  return number < sectors_ ? slice(bytes_, (std::size_t{number} + 1) * sector_size_, sector_size_)
                           : std::string_view();
}

void CompoundFile::read_allocation_table() {
  Chain places;
  append_numbers(places, slice(bytes_, 76, 4 * kTableSectorsInHeader));
  std::uint32_t next = u32_at(bytes_, 68);
  for (std::size_t step = 0; next < kLastSector && step < sectors_; ++step) {
    const std::string_view more = sector(next);
    if (more.size() < 4) {
      damaged_ = true;
      break;
    }
    append_numbers(places, more.substr(0, more.size() - 4));
    next = u32_at(more, more.size() - 4);
  }
  for (const std::uint32_t place : places) {
    // One entry a sector of the file is all that can be used.
    if (table_.size() >= sectors_) {
      break;
    }
    if (place < kLastSector) {
      std::string whole(sector(place));
      damaged_ = damaged_ || whole.size() < sector_size_;
      whole.resize(sector_size_, '\xFF');
      append_numbers(table_, whole);
    }
  }
}

std::string CompoundFile::read_sectors(std::uint32_t first, std::size_t length) {
  std::string bytes;
  std::uint32_t next = first;
  for (std::size_t step = 0; next < kLastSector && bytes.size() < length; ++step) {
    const std::string_view run = sector(next).substr(0, length - bytes.size());
    if (run.empty() || run.size() > budget_ || step >= sectors_) {
      damaged_ = true;
      break;
    }
    budget_ -= run.size();
    bytes.append(run);
    next = next < table_.size() ? table_[next] : kNoEntry;
  }
  return bytes;
}

std::string CompoundFile::read_mini_sectors(std::uint32_t first, std::size_t length) {
  std::string bytes;
  std::uint32_t next = first;
  for (std::size_t step = 0; next < kLastSector && bytes.size() < length; ++step) {
    const std::string_view run =
        slice(mini_stream_, std::size_t{next} * mini_sector_size_, mini_sector_size_)
            .substr(0, length - bytes.size());
    if (run.empty() || run.size() > budget_ || step > mini_table_.size()) {
      damaged_ = true;
      break;
    }
    budget_ -= run.size();
    bytes.append(run);
    next = next < mini_table_.size() ? mini_table_[next] : kNoEntry;
  }
  return bytes;
}

bool CompoundFile::read_directory() {
  const std::string directory = read_sectors(u32_at(bytes_, 48), bytes_.size());
  const bool long_sizes = u16_at(bytes_, 26) >= 4;
  for (std::size_t i = 0; i + kEntry <= directory.size(); i += kEntry) {
    const std::string_view raw = std::string_view(directory).substr(i, kEntry);
    const std::size_t name_bytes = std::min<std::size_t>(u16_at(raw, 64), kNamesInEntry);
    const unsigned type = u8_at(raw, 66);
    CompoundEntry entry;
    entry.name = decode_utf16le(raw.substr(0, name_bytes));
    while (entry.name.ends_with('\0')) {
      entry.name.pop_back();
    }
    entry.kind = type == 2 ? CompoundEntry::Kind::stream : CompoundEntry::Kind::storage;
    entry.start = u32_at(raw, 116);
    entry.size = long_sizes ? u64_at(raw, 120) : u32_at(raw, 120);
    entries_.push_back(std::move(entry));
    links_.push_back({type == 1 || type == 2, u32_at(raw, 68), u32_at(raw, 72), u32_at(raw, 76)});
  }
  return !entries_.empty();
}

void CompoundFile::link_children() {
  std::vector<bool> seen(entries_.size(), false);
  seen[kRoot] = true;
  for (std::size_t storage = 0; storage < entries_.size(); ++storage) {
    const bool is_storage = entries_[storage].kind == CompoundEntry::Kind::storage &&
                            (links_[storage].used || storage == kRoot);
    if (is_storage) {
      link_subtree(storage, links_[storage].child, seen);
    }
  }
  adopt_orphans(seen);
}

// Siblings are a binary tree. Its order and colours are nobody's business here.
void CompoundFile::link_subtree(std::size_t storage, std::uint32_t child, std::vector<bool>& seen) {
  Chain waiting{child};
  while (!waiting.empty()) {
    const std::uint32_t entry = waiting.back();
    waiting.pop_back();
    if (entry == kNoEntry) {
      continue;
    }
    if (entry >= entries_.size() || seen[entry] || !links_[entry].used) {
      damaged_ = true;
      continue;
    }
    seen[entry] = true;
    entries_[storage].children.push_back(entry);
    waiting.push_back(links_[entry].right);
    waiting.push_back(links_[entry].left);
  }
}

// Entries that no tree holds are read all the same: software that searches the list finds them.
void CompoundFile::adopt_orphans(const std::vector<bool>& seen) {
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    if (!seen[i] && links_[i].used) {
      entries_[kRoot].children.push_back(i);
      damaged_ = true;
    }
  }
}

std::optional<std::size_t> CompoundFile::find(std::size_t storage, std::string_view name) const {
  if (storage >= entries_.size()) {
    return std::nullopt;
  }
  for (const std::size_t child : entries_[storage].children) {
    if (ascii_iequal(entries_[child].name, name)) {
      return child;
    }
  }
  return std::nullopt;
}

std::string CompoundFile::read(std::size_t stream, std::size_t longest) {
  if (stream >= entries_.size() || entries_[stream].kind != CompoundEntry::Kind::stream) {
    return {};
  }
  const std::uint64_t size = entries_[stream].size;
  const auto length = static_cast<std::size_t>(std::min<std::uint64_t>(size, longest));
  const std::uint32_t start = entries_[stream].start;
  std::string bytes =
      size < mini_cutoff_ ? read_mini_sectors(start, length) : read_sectors(start, length);
  damaged_ = damaged_ || bytes.size() < length;
  return bytes;
}

std::string CompoundFile::read(std::size_t storage, std::string_view name, std::size_t longest) {
  const auto stream = find(storage, name);
  return stream ? read(*stream, longest) : std::string();
}

}  // namespace phimilter::extract
