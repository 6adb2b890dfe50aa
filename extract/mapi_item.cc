// SPDX-License-Identifier: Apache-2.0
#include "extract/mapi_item.h"

#include <algorithm>
#include <array>

#include "base/encoding.h"
#include "base/limits.h"
#include "extract/charset.h"
#include "extract/compressed_rtf.h"
#include "extract/header_words.h"
#include "extract/html_text.h"
#include "extract/little_endian.h"
#include "extract/mapi_labels.h"
#include "extract/number_format.h"
#include "extract/rtf_reader.h"
#include "extract/utf8.h"

namespace phimilter::extract {
namespace {

constexpr std::uint16_t kMessageClass = 0x001A;
constexpr std::uint16_t kTransportHeaders = 0x007D;
constexpr std::uint16_t kHtml = 0x1013;
constexpr std::uint16_t kCompressedRtf = 0x1009;
constexpr std::size_t kValues = 20'000;  // of one item; more are nothing that Outlook writes

// FILETIME counts tenths of microseconds from 1601; spreadsheets' dates start 109,205 days later.
std::string time_text(std::uint64_t time) {
  constexpr double kTicksADay = 864e9;
  constexpr double kDays = 109205;
  const double days = static_cast<double>(time) / kTicksADay - kDays;
  return days < 1 ? "" : format_number(days, "yyyy-mm-dd hh:mm", DateSystem::from_1900);
}

std::string date_only(std::string time) {
  return time.substr(0, time.find(' '));
}

bool is_string(std::uint16_t type) {
  return type == mapi::kString8 || type == mapi::kUnicode;
}

std::string with_address(const std::string& name, const std::string& address) {
  if (address.empty() || address == name) {
    return name;
  }
  return name.empty() ? address : name + " <" + address + ">";
}

}  // namespace

void MapiItem::add(std::uint16_t id, std::uint16_t type, std::string_view value,
                   std::uint32_t named) {
  const auto base = static_cast<std::uint16_t>(type & ~mapi::kMultiple);
  if (values_.size() < kValues) {
    values_.emplace(id, Value{base, named, std::string(value)});
  } else {
    over_limit_ = true;
  }
}

unsigned MapiItem::code_page() const {
  const std::uint32_t own = number(mapi::kCodePage);
  return own != 0 ? own : code_page_;
}

std::string MapiItem::text_of(const Value& value) const {
  if (value.type == mapi::kTime) {
    return time_text(u64_at(value.bytes, 0));
  }
  if (!is_string(value.type)) {
    return {};
  }
  std::string text = value.type == mapi::kUnicode ? decode_utf16le(value.bytes)
                                                  : decode_code_page(value.bytes, code_page());
  text.erase(std::min(text.find('\0'), text.size()));
  return text;
}

std::string MapiItem::text(std::uint16_t id) const {
  const auto [first, end] = values_.equal_range(id);
  const auto found =
      std::find_if(first, end, [](const auto& entry) { return is_string(entry.second.type); });
  return found == end ? "" : text_of(found->second);
}

std::string MapiItem::bytes(std::uint16_t id) const {
  const auto found = values_.find(id);
  return found == values_.end() ? "" : found->second.bytes;
}

std::vector<std::string_view> MapiItem::all_bytes(std::uint16_t id) const {
  std::vector<std::string_view> all;
  const auto [first, end] = values_.equal_range(id);
  for (auto value = first; value != end; ++value) {
    all.push_back(value->second.bytes);
  }
  return all;
}

std::uint32_t MapiItem::number(std::uint16_t id) const {
  const auto found = values_.find(id);
  return found == values_.end() || found->second.type != mapi::kInteger
             ? 0
             : u32_at(found->second.bytes, 0);
}

void MapiItem::write_fields(ReadingSink& sink) const {
  if (over_limit_) {
    sink.opaque("", Opaque::limit);
  }
  RecordWriter writer(sink);
  const bool contact = ascii_lower(text(kMessageClass)).starts_with("ipm.contact");
  const std::string subject = text(mapi::kSubject);
  const std::string sender = text(mapi::kSender);
  writer.field("Subject", subject);
  writer.field("From", with_address(sender, text(mapi::kSenderAddress)));
  for (const auto& [id, value] : values_) {
    if (sink.full()) {
      return;
    }
    const MapiLabel label = mapi_label(id, value.named, contact);
    if (label.meaning == MapiMeaning::text && is_string(value.type)) {
      const std::string one = text_of(value);
      writer.field(label.name, one == subject || one == sender ? std::string() : one);
    } else if (label.meaning == MapiMeaning::date && value.type == mapi::kTime) {
      writer.field(label.name, date_only(text_of(value)));
    } else if (label.meaning == MapiMeaning::time && value.type == mapi::kTime) {
      writer.field(label.name, text_of(value));
    }
  }
  writer.end_record();
  const std::string headers = text(kTransportHeaders);
  if (!headers.empty()) {
    sink.text(header_lines(headers) + "\n");
  }
}

void MapiItem::write_bodies(ReadingSink& sink) const {
  const auto [first, end] = values_.equal_range(mapi::kBody);
  for (auto body = first; body != end; ++body) {
    sink.text(text_of(body->second));
    sink.text("\n\n");
  }
  write_html(sink);
  write_rtf(sink);
}

void MapiItem::write_html(ReadingSink& sink) const {
  const auto [first, end] = values_.equal_range(kHtml);
  for (auto html = first; html != end; ++html) {
    const std::string& raw = html->second.bytes;
    const std::uint32_t page = number(mapi::kInternetCodePage);
    const std::string decoded = is_string(html->second.type) ? text_of(html->second)
                                : page != 0                  ? decode_code_page(raw, page)
                                            : decode_charset(raw, html_declared_charset(raw)).text;
    const std::string_view head = utf8_prefix(decoded, limits::kHtmlBytes);
    HtmlText read = read_html_text(head);
    sink.text(read.text);
    if (!read.visible.empty()) {
      sink.text("\n\n" + read.visible);
    }
    if (read.opaque || head.size() < decoded.size()) {
      sink.opaque("", read.opaque.value_or(Opaque::limit));
    }
    sink.text("\n\n");
  }
}

void MapiItem::write_rtf(ReadingSink& sink) const {
  for (const std::string_view compressed : all_bytes(kCompressedRtf)) {
    if (!compressed.empty()) {
      write_one_rtf(compressed, sink);
    }
  }
}

void MapiItem::write_one_rtf(std::string_view compressed, ReadingSink& sink) {
  const std::size_t longest = sink.bytes_left();
  const auto rtf = unpack_compressed_rtf(compressed, longest);
  if (!rtf) {
    sink.opaque("", Opaque::broken);
    return;
  }
  if (rtf->size() >= longest) {
    sink.opaque("", Opaque::limit);
  }
  // What its header promises, zeros at the end aside.
  constexpr std::size_t kZeros = 2;
  if (rtf->size() + kZeros < u32_at(compressed, 4)) {
    sink.opaque("", Opaque::broken);
  }
  sink.unpacked(rtf->size());
  Document document{};
  document.bytes = *rtf;
  read_rtf(document, sink);
}

void MapiItem::write_recipient(ReadingSink& sink) const {
  constexpr std::array<std::string_view, 4> kLabels{"To", "To", "Cc", "Bcc"};
  const std::uint32_t type = number(mapi::kRecipientType) & 0xFU;
  const std::string smtp = text(mapi::kSmtpAddress);
  RecordWriter(sink).field(
      kLabels[std::min<std::size_t>(type, kLabels.size() - 1)],
      with_address(text(mapi::kDisplayName), smtp.empty() ? text(mapi::kEmailAddress) : smtp));
}

std::string MapiItem::attachment_name() const {
  for (const std::uint16_t id :
       {mapi::kAttachmentLongName, mapi::kAttachmentName, mapi::kDisplayName}) {
    std::string name = text(id);
    if (!name.empty()) {
      return name;
    }
  }
  return "attachment";
}

}  // namespace phimilter::extract
