// SPDX-License-Identifier: Apache-2.0
#include "extract/tnef_reader.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "extract/compound_file.h"
#include "extract/little_endian.h"
#include "extract/mapi_item.h"

namespace phimilter::extract {
namespace {

constexpr std::string_view kSignature("\x78\x9F\x3E\x22", 4);
constexpr std::size_t kHeader = 6;
constexpr std::size_t kInterface = 16;  // before an object's bytes
constexpr std::uint16_t kFirstNamed = 0x8000;
constexpr std::size_t kRows = 10'000;

enum Attribute : std::uint32_t {
  kFrom = 0x00008000,
  kSubject = 0x00018004,
  kAttachmentTitle = 0x00018010,
  kBody = 0x0002800C,
  kAttachmentData = 0x0006800F,
  kTransportFileName = 0x00069001,
  kAttachmentBegins = 0x00069002,
  kMessageProperties = 0x00069003,
  kRecipients = 0x00069004,
  kAttachmentProperties = 0x00069005,
  kOemCodePage = 0x00069007,
};

std::size_t padding(std::size_t length) {
  return (4 - length % 4) % 4;
}

// Of one value; 0: it has a length before it.
std::size_t fixed_length(std::uint16_t type) {
  switch (type) {
    case 0x0005:
    case 0x0006:
    case 0x0007:
    case 0x0014:
    case mapi::kTime:
      return 8;
    case 0x0048:
      return 16;
    case mapi::kObject:
    case mapi::kString8:
    case mapi::kUnicode:
    case mapi::kBinary:
      return 0;
    default:
      return 4;
  }
}

std::uint32_t read_name(LittleEndianReader& reader) {
  reader.bytes(16);  // whose names they are
  if (reader.u32() == 0) {
    return reader.u32();
  }
  const std::size_t length = reader.u32();
  reader.bytes(length);
  reader.bytes(padding(length));
  return 0;
}

void read_value(LittleEndianReader& reader, std::uint16_t id, std::uint16_t type,
                std::uint32_t named, MapiItem& item) {
  const auto base = static_cast<std::uint16_t>(type & ~mapi::kMultiple);
  const std::size_t fixed = fixed_length(base);
  const std::size_t values = (type & mapi::kMultiple) != 0 || fixed == 0 ? reader.u32() : 1;
  for (std::size_t i = 0; i < values && !reader.short_read(); ++i) {
    const std::size_t length = fixed != 0 ? fixed : reader.u32();
    const std::string_view value = reader.bytes(length);
    reader.bytes(padding(length));
    item.add(id, base, value, named);
  }
}

// False: the list is cut off or not one.
bool read_properties(LittleEndianReader& reader, MapiItem& item) {
  const std::size_t count = reader.u32();
  for (std::size_t i = 0; i < count && !reader.short_read(); ++i) {
    const std::uint16_t type = reader.u16();
    const std::uint16_t id = reader.u16();
    const std::uint32_t named = id >= kFirstNamed ? read_name(reader) : 0;
    read_value(reader, id, type, named, item);
  }
  return !reader.short_read();
}

class TnefReader {
 public:
  TnefReader(std::string_view bytes, ReadingSink& sink) : reader_(bytes), sink_(sink) {}

  void read() {
    reader_.bytes(kHeader);
    bool whole = true;
    while (reader_.left() > 0 && !sink_.full()) {
      reader_.u8();  // of the message, or of an attachment
      const std::uint32_t attribute = reader_.u32();
      const std::string_view data = reader_.bytes(reader_.u32());
      reader_.u16();  // checksum: Outlook does not look at it
      whole = take(attribute, data) && whole;
    }
    item_.write_fields(sink_);
    for (const MapiItem& recipient : recipients_) {
      recipient.write_recipient(sink_);
    }
    sink_.text("\n");
    item_.write_bodies(sink_);
    finish_attachment();
    if (!whole || reader_.short_read()) {
      sink_.opaque("", Opaque::broken);
    }
  }

 private:
  bool take(std::uint32_t attribute, std::string_view data) {
    LittleEndianReader reader(data);
    switch (attribute) {
      case kOemCodePage:
        item_.set_code_page(reader.u32());
        return true;
      case kSubject:
        item_.add(mapi::kSubject, mapi::kString8, data);
        return true;
      case kBody:
        item_.add(mapi::kBody, mapi::kString8, data);
        return true;
      case kFrom:
        take_sender(data);
        return true;
      case kMessageProperties:
        return read_properties(reader, item_);
      case kRecipients:
        return take_recipients(reader);
      case kAttachmentBegins:
        finish_attachment();
        attachment_.emplace(item_.code_page());
        return true;
      case kAttachmentTitle:
      case kTransportFileName:
        attachment().add(mapi::kAttachmentName, mapi::kString8, data);
        return true;
      case kAttachmentData:
        attachment().add(mapi::kAttachmentData, mapi::kBinary, data);
        return true;
      case kAttachmentProperties:
        return read_properties(reader, attachment());
      default:
        return true;
    }
  }

  MapiItem& attachment() {
    return attachment_ ? *attachment_ : attachment_.emplace(item_.code_page());
  }

  // TRP: a type, a length, the lengths of name and address, then both ([MS-OXTNEF] 2.1.3.3.2).
  void take_sender(std::string_view data) {
    const std::size_t name = u16_at(data, 4);
    const std::size_t address = u16_at(data, 6);
    item_.add(mapi::kSender, mapi::kString8, slice(data, 8, name));
    item_.add(mapi::kSenderAddress, mapi::kString8, slice(data, 8 + name, address));
  }

  bool take_recipients(LittleEndianReader& reader) {
    const std::size_t rows = reader.u32();
    for (std::size_t i = 0; i < rows && !reader.short_read(); ++i) {
      if (recipients_.size() >= kRows) {
        sink_.opaque("", Opaque::limit);
        return true;
      }
      read_properties(reader, recipients_.emplace_back(item_.code_page()));
    }
    return !reader.short_read();
  }

  void finish_attachment() {
    if (!attachment_ || sink_.full()) {
      return;
    }
    const std::string name = attachment_->attachment_name();
    const auto contents = attachment_->all_bytes(mapi::kAttachmentData);
    for (const std::string_view data : contents) {
      const std::string_view inner = slice(data, kInterface, data.size());
      const bool nested = inner.starts_with(kSignature) || inner.starts_with(kCompoundFileMark);
      sink_.member(name, nested ? inner : data);
    }
    if (contents.empty()) {
      sink_.member(name, "");
    }
    attachment_.reset();
  }

  LittleEndianReader reader_;
  ReadingSink& sink_;
  MapiItem item_;
  std::vector<MapiItem> recipients_;
  std::optional<MapiItem> attachment_;
};

}  // namespace

bool is_tnef(const Document& document) {
  return document.bytes.starts_with(kSignature);
}

void read_tnef(const Document& document, ReadingSink& sink) {
  TnefReader(document.bytes, sink).read();
}

}  // namespace phimilter::extract
