// SPDX-License-Identifier: Apache-2.0
#include "extract/powerpoint_binary.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "extract/code_page.h"
#include "extract/inflate.h"
#include "extract/little_endian.h"
#include "extract/office_pictures.h"
#include "extract/text_runs.h"

namespace phimilter::extract {
namespace {

constexpr std::size_t kHeader = 8;
constexpr unsigned kContainer = 0xF;
constexpr std::uint32_t kEncryptedToken = 0xF3D1C4DF;  // CurrentUserAtom.headerToken

enum Type : std::uint16_t {
  kTextCharacters = 0x0FA0,
  kTextBytes = 0x0FA8,
  kString = 0x0FBA,
  kEmbeddedObject = 0x1011,
  kEncryptionSession = 0x2F14,
};

void add_line(std::string& text, std::string line) {
  // Names of extensions' tag lists are nobody's words.
  if (line.starts_with("___PPT")) {
    return;
  }
  std::replace_if(
      line.begin(), line.end(), [](char c) { return c == '\r' || c == '\v'; }, '\n');
  text += line;
  text += '\n';
}

std::string low_bytes(std::string_view bytes) {
  std::string wide;
  for (const char c : bytes) {
    wide += c;
    wide += '\0';
  }
  return decode_utf16le(wide);
}

// ExOleObjStg: a compound file, compressed behind its length or not.
void read_object(std::string_view body, bool compressed, ReadingSink& sink) {
  if (!compressed) {
    sink.member("object", body);
    return;
  }
  // The length before it is not believed: what is behind so many bytes is there too.
  const Inflated object = inflate(slice(body, 4, body.size()), sink.bytes_left());
  sink.member("object", object.bytes);
  if (!object.whole || object.bytes.size() < u32_at(body, 0)) {
    sink.opaque("object", object.whole ? Opaque::broken : Opaque::limit);
  }
}

// Containers are entered by passing over their header: the order of atoms is all that matters.
// False: a record does not fit.
bool read_records(std::string_view stream, ReadingSink& sink) {
  std::size_t position = 0;
  while (position + kHeader <= stream.size() && !sink.full()) {
    const std::uint16_t head = u16_at(stream, position);
    const std::uint16_t type = u16_at(stream, position + 2);
    const std::size_t length = u32_at(stream, position + 4);
    position += kHeader;
    if (type == kEncryptionSession) {
      sink.opaque("", Opaque::encrypted);
      return true;
    }
    if ((head & 0xFU) == kContainer) {
      continue;
    }
    const std::string_view body = slice(stream, position, length);
    std::string text;
    if (type == kTextCharacters || type == kString) {
      add_line(text, decode_utf16le(body));
    } else if (type == kTextBytes) {
      add_line(text, low_bytes(body));
    } else if (type == kEmbeddedObject) {
      read_object(body, (head >> 4U) == 1, sink);
    }
    sink.text(text);
    if (body.size() < length) {
      return false;
    }
    position += length;
  }
  return true;
}

}  // namespace

void read_powerpoint(CompoundFile& file, std::size_t storage, ReadingSink& sink) {
  const std::string user = file.read(storage, "Current User");
  if (u32_at(user, 12) == kEncryptedToken) {
    sink.opaque("", Opaque::encrypted);
    return;
  }
  const std::string stream = file.read(storage, "PowerPoint Document");
  if (!read_records(stream, sink)) {
    sink.opaque("", Opaque::broken);
    read_text_runs(stream, sink);
  }
  read_office_pictures(file.read(storage, "Pictures"), sink);
}

}  // namespace phimilter::extract
