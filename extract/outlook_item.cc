// SPDX-License-Identifier: Apache-2.0
#include "extract/outlook_item.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "base/encoding.h"
#include "extract/little_endian.h"
#include "extract/mapi_item.h"

namespace phimilter::extract {
namespace {

constexpr std::string_view kStreamPrefix = "__substg1.0_";
constexpr std::string_view kNames = "__nameid_version1.0";
constexpr std::string_view kNameEntries = "__substg1.0_00030102";
constexpr std::size_t kRow = 16;
constexpr std::size_t kTopHeader = 32;
constexpr std::size_t kEmbeddedHeader = 24;
constexpr std::size_t kPartHeader = 8;  // of recipients and attachments
constexpr std::uint16_t kFirstNamed = 0x8000;

struct Tag {
  std::uint16_t id;
  std::uint16_t type;
};

// "__substg1.0_0037001F", for values of a list with "-00000000" behind it.
std::optional<Tag> tag_of(std::string_view name) {
  if (!ascii_lower(name).starts_with(kStreamPrefix)) {
    return std::nullopt;
  }
  const std::string_view digits = slice(name, kStreamPrefix.size(), 8);
  std::uint32_t tag = 0;
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), tag, 16);
  if (digits.size() < 8 || parsed.ptr != digits.data() + digits.size()) {
    return std::nullopt;
  }
  return Tag{static_cast<std::uint16_t>(tag >> 16U), static_cast<std::uint16_t>(tag & 0xFFFFU)};
}

class ItemReader {
 public:
  ItemReader(CompoundFile& file, const OutlookNames& names, ReadingSink& sink)
      : file_(file), sink_(sink), names_(names) {}

  void read(std::size_t storage) {
    const MapiItem item = read_values(
        storage, storage == CompoundFile::kRoot ? kTopHeader : kEmbeddedHeader, kWindowsLatin);
    item.write_fields(sink_);
    for (const std::size_t child : children(storage, "__recip_version1.0_")) {
      read_values(child, kPartHeader, item.code_page()).write_recipient(sink_);
    }
    sink_.text("\n");
    item.write_bodies(sink_);
    for (const std::size_t child : children(storage, "__attach_version1.0_")) {
      read_attachment(child, item.code_page());
    }
  }

 private:
  std::vector<std::size_t> children(std::size_t storage, std::string_view prefix) const {
    std::vector<std::size_t> found;
    for (const std::size_t child : file_.entries()[storage].children) {
      const CompoundEntry& entry = file_.entries()[child];
      if (entry.kind == CompoundEntry::Kind::storage &&
          ascii_lower(entry.name).starts_with(prefix)) {
        found.push_back(child);
      }
    }
    // Their numbers are the order in which Outlook shows them.
    std::sort(found.begin(), found.end(), [&](std::size_t a, std::size_t b) {
      return file_.entries()[a].name < file_.entries()[b].name;
    });
    return found;
  }

  std::uint32_t named(std::uint16_t id) const {
    const auto found = names_.find(id);
    return found == names_.end() ? 0 : found->second;
  }

  MapiItem read_values(std::size_t storage, std::size_t header, unsigned code_page) {
    MapiItem item(code_page);
    const std::string rows = file_.read(storage, kOutlookProperties);
    for (std::size_t i = header; i + kRow <= rows.size(); i += kRow) {
      const std::uint16_t type = u16_at(rows, i);
      const std::uint16_t id = u16_at(rows, i + 2);
      if (type == mapi::kInteger || type == mapi::kTime) {
        item.add(id, type, std::string_view(rows).substr(i + 8, 8), named(id));
      }
    }
    for (const std::size_t child : file_.entries()[storage].children) {
      const CompoundEntry& entry = file_.entries()[child];
      const auto tag = tag_of(entry.name);
      if (tag && entry.kind == CompoundEntry::Kind::stream) {
        item.add(tag->id, tag->type, file_.read(child), named(tag->id));
      }
    }
    return item;
  }

  // An item inside and an OLE object are storages: whoever reads this file comes to them.
  void read_attachment(std::size_t storage, unsigned code_page) {
    if (sink_.full()) {
      return;
    }
    const MapiItem attachment = read_values(storage, kPartHeader, code_page);
    if (attachment.has(mapi::kAttachmentData)) {
      for (const std::string_view data : attachment.all_bytes(mapi::kAttachmentData)) {
        sink_.member(attachment.attachment_name(), data);
      }
    } else {
      sink_.text(attachment.attachment_name() + "\n");
    }
  }

  CompoundFile& file_;
  ReadingSink& sink_;
  const OutlookNames& names_;
};

}  // namespace

// [MS-OXMSG] 2.2.3.1
OutlookNames read_outlook_names(CompoundFile& file) {
  OutlookNames names;
  const auto storage = file.find(CompoundFile::kRoot, kNames);
  const std::string entries = storage ? file.read(*storage, kNameEntries) : std::string();
  for (std::size_t i = 0; i + 8 <= entries.size() && names.size() < kFirstNamed; i += 8) {
    const bool by_string = (u16_at(entries, i + 4) & 1U) != 0;
    if (!by_string) {
      names[static_cast<std::uint16_t>(kFirstNamed + (u16_at(entries, i + 6) & 0x7FFFU))] =
          u32_at(entries, i);
    }
  }
  return names;
}

void read_outlook_item(CompoundFile& file, std::size_t storage, const OutlookNames& names,
                       ReadingSink& sink) {
  ItemReader(file, names, sink).read(storage);
}

std::vector<std::size_t> storages_inside_item(const CompoundFile& file, std::size_t storage) {
  std::vector<std::size_t> found;
  for (const std::size_t child : file.entries()[storage].children) {
    if (!ascii_lower(file.entries()[child].name).starts_with("__attach_version1.0_")) {
      continue;
    }
    for (const std::size_t inner : file.entries()[child].children) {
      if (file.entries()[inner].kind == CompoundEntry::Kind::storage) {
        found.push_back(inner);
      }
    }
  }
  return found;
}

}  // namespace phimilter::extract
