// SPDX-License-Identifier: Apache-2.0
#include "extract/embedded_object.h"

#include <string>

#include "base/encoding.h"
#include "extract/code_page.h"
#include "extract/compound_file.h"
#include "extract/little_endian.h"

namespace phimilter::extract {
namespace {

constexpr std::uint32_t kEmbedded = 2;
constexpr std::string_view kUnnamed = "object";

std::string_view until_zero(LittleEndianReader& reader, std::string_view bytes) {
  const std::string_view rest = bytes.substr(reader.position());
  const std::string_view text = rest.substr(0, rest.find('\0'));
  reader.bytes(text.size() + 1);
  return text;
}

std::string file_name_of(std::string_view path) {
  const std::size_t slash = path.find_last_of("\\/:");
  return decode_code_page(slash == std::string_view::npos ? path : path.substr(slash + 1),
                          kWindowsLatin);
}

// 2, label, path, two flags, the path of the temporary copy, then the file.
bool read_package(std::string_view bytes, ReadingSink& sink) {
  LittleEndianReader reader(bytes);
  if (reader.u16() != 2) {
    return false;
  }
  const std::string_view label = until_zero(reader, bytes);
  const std::string_view path = until_zero(reader, bytes);
  reader.u32();
  reader.bytes(reader.u32());
  const std::string_view file = reader.bytes(reader.u32());
  if (reader.short_read()) {
    return false;
  }
  const std::string name = file_name_of(path.empty() ? label : path);
  // Under the icon stands the label, whatever the file is called.
  if (const std::string shown = file_name_of(label); shown != name) {
    sink.text(shown + '\n');
  }
  sink.member(name.empty() ? kUnnamed : name, file);
  return true;
}

void read_native_data(std::string_view data, ReadingSink& sink) {
  if (!read_package(data, sink) && !data.empty()) {
    sink.member(kUnnamed, data);
  }
}

}  // namespace

void read_native_stream(std::string_view bytes, ReadingSink& sink) {
  const std::size_t length = u32_at(bytes, 0);
  const std::string_view data = slice(bytes, 4, bytes.size());
  read_native_data(data.substr(0, length), sink);
  if (length > data.size()) {
    sink.opaque("", Opaque::broken);
  } else if (data.find_first_not_of('\0', length) != std::string_view::npos) {
    sink.member(kUnnamed, data.substr(length));
  }
}

void read_embedded_object(std::string_view bytes, ReadingSink& sink) {
  LittleEndianReader reader(bytes);
  reader.u32();  // version
  const std::uint32_t format = reader.u32();
  const std::string_view class_name = reader.bytes(reader.u32());
  reader.bytes(reader.u32());  // topic
  reader.bytes(reader.u32());  // item
  const std::string_view data = reader.bytes(reader.u32());
  const bool whole = format == kEmbedded && !reader.short_read();
  if (whole && ascii_lower(class_name).starts_with("package")) {
    read_native_data(data, sink);
    return;
  }
  if (whole && !data.empty()) {
    sink.member(kUnnamed, data);
    return;
  }
  // A header that is not one: Word looks no closer, and takes the compound file.
  const std::size_t start = bytes.find(kCompoundFileMark);
  if (start != std::string_view::npos) {
    sink.member(kUnnamed, bytes.substr(start));
  } else if (!bytes.empty()) {
    sink.opaque(kUnnamed, Opaque::unknown);
  }
}

}  // namespace phimilter::extract
