// SPDX-License-Identifier: Apache-2.0
//
// What an Outlook item says by its MAPI properties ([MS-OXPROPS]), wherever they were stored:
// fields under their labels, then the body in every form that the item has (text, HTML, RTF).
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "extract/code_page.h"
#include "extract/format_reader.h"
#include "extract/record_writer.h"

namespace phimilter::extract {

namespace mapi {
inline constexpr std::uint16_t kInteger = 0x0003;
inline constexpr std::uint16_t kObject = 0x000D;
inline constexpr std::uint16_t kString8 = 0x001E;
inline constexpr std::uint16_t kUnicode = 0x001F;
inline constexpr std::uint16_t kTime = 0x0040;
inline constexpr std::uint16_t kBinary = 0x0102;
inline constexpr std::uint16_t kMultiple = 0x1000;

inline constexpr std::uint16_t kRecipientType = 0x0C15;
inline constexpr std::uint16_t kSubject = 0x0037;
inline constexpr std::uint16_t kBody = 0x1000;
inline constexpr std::uint16_t kDisplayName = 0x3001;
inline constexpr std::uint16_t kEmailAddress = 0x3003;
inline constexpr std::uint16_t kSmtpAddress = 0x39FE;
inline constexpr std::uint16_t kSender = 0x0C1A;
inline constexpr std::uint16_t kSenderAddress = 0x0C1F;
inline constexpr std::uint16_t kAttachmentData = 0x3701;
inline constexpr std::uint16_t kAttachmentName = 0x3704;
inline constexpr std::uint16_t kAttachmentLongName = 0x3707;
inline constexpr std::uint16_t kCodePage = 0x3FFD;
inline constexpr std::uint16_t kInternetCodePage = 0x3FDE;

// Numbers that Outlook's own named properties go by in every file ([MS-OXPROPS] 2, PidLid...).
inline constexpr std::uint32_t kAppointmentStart = 0x820D;
inline constexpr std::uint32_t kAppointmentEnd = 0x820E;
}  // namespace mapi

class MapiItem {
 public:
  explicit MapiItem(unsigned code_page = kWindowsLatin) : code_page_(code_page) {}

  // A value as it is stored. `named`: the number of a named property, or 0.
  void add(std::uint16_t id, std::uint16_t type, std::string_view value, std::uint32_t named = 0);
  bool has(std::uint16_t id) const { return values_.contains(id); }
  // The first value; empty: none.
  std::string text(std::uint16_t id) const;
  std::string bytes(std::uint16_t id) const;
  // Every value; valid as long as the item.
  std::vector<std::string_view> all_bytes(std::uint16_t id) const;
  std::uint32_t number(std::uint16_t id) const;
  unsigned code_page() const;
  // Of strings whose item names none itself.
  void set_code_page(unsigned code_page) { code_page_ = code_page; }

  void write_fields(ReadingSink& sink) const;
  void write_bodies(ReadingSink& sink) const;
  // "To", and the name and address of a recipient.
  void write_recipient(ReadingSink& sink) const;
  // The name of an attachment; never empty.
  std::string attachment_name() const;

 private:
  struct Value {
    std::uint16_t type;
    std::uint32_t named;
    std::string bytes;
  };
  std::string text_of(const Value& value) const;
  void write_html(ReadingSink& sink) const;
  void write_rtf(ReadingSink& sink) const;
  static void write_one_rtf(std::string_view compressed, ReadingSink& sink);

  unsigned code_page_;
  std::multimap<std::uint16_t, Value> values_;
  bool over_limit_ = false;
};

}  // namespace phimilter::extract
