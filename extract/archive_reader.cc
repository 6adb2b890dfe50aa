// SPDX-License-Identifier: Apache-2.0
#include "extract/archive_reader.h"

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <utility>

#include "base/encoding.h"
#include "base/limits.h"
#include "extract/archive_file.h"
#include "extract/charset.h"
#include "extract/content_type.h"
#include "extract/utf8.h"
#include "extract/zip_layout.h"

namespace phimilter::extract {
namespace {

using std::string_view_literals::operator""sv;

constexpr std::size_t kTarHeader = 512;
constexpr std::string_view kLocalHeader = "PK\x03\x04"sv;

std::string as_utf8(std::string_view bytes) {
  return is_utf8(bytes) ? std::string(bytes) : decode_charset(bytes, "").text;
}

// All files of an archive, in one view of it.
class ArchiveReading {
 public:
  ArchiveReading(ReadingSink& sink, const ZipFiles& files) : sink_(sink), files_(files) {}

  // Of a file that has none of its own ("data", libarchive calls it then).
  void set_name(std::string_view name) { name_ = name; }
  // A second view is asked only for what the first did not show.
  void remember_files() { remembers_ = true; }

  // True: to the end.
  bool read(std::string_view bytes, ArchiveKind kind) {
    ArchiveFile archive(bytes, kind);
    ArchiveEntry entry;
    ArchiveStep step = archive.next(entry);
    for (; step == ArchiveStep::entry; step = archive.next(entry)) {
      if (sink_.full()) {
        sink_.opaque("", Opaque::limit);
        return false;
      }
      // Behind a damaged file libarchive goes on by guessing where the next one is, and not all of
      // its readers survive that; behind one that is too large it would unpack the rest. In a zip
      // the directory says where the next one is.
      if (!read_entry(archive, entry) && kind != ArchiveKind::zip_directory) {
        return false;
      }
    }
    if (step == ArchiveStep::encrypted) {
      sink_.opaque("", Opaque::encrypted);
    }
    return step == ArchiveStep::end;
  }

 private:
  // False: it was not read to its end.
  bool read_entry(ArchiveFile& archive, ArchiveEntry& entry) {
    if (!name_.empty() && entry.name == "data") {
      entry.name = name_;
    }
    if (!entry.link.empty()) {
      sink_.text(as_utf8(entry.name) + '\n' + as_utf8(entry.link) + '\n');
    }
    if (!entry.is_file) {
      sink_.text(as_utf8(entry.name) + '\n');
      return true;
    }
    if (!files_.wants(entry.name)) {
      return true;
    }
    if (entry.encrypted) {
      sink_.opaque(entry.name.empty() ? "file" : entry.name, Opaque::encrypted);
      return true;
    }
    const ArchiveContent content = archive.content(sink_.bytes_left());
    if (content.broken) {
      sink_.opaque("", Opaque::broken);
    }
    if (content.longer) {
      sink_.unpacked(content.bytes.size());
      sink_.opaque(entry.name, Opaque::limit);
      sink_.opaque("", Opaque::limit);
      return false;
    }
    if (is_new(entry.name, content.bytes)) {
      files_.read(entry.name, content.bytes);
    }
    return !content.broken;
  }

  bool is_new(std::string_view name, std::string_view bytes) {
    if (!remembers_) {
      return true;
    }
    Sha256Stream digest;
    digest.add_field(name);
    digest.add_field(bytes);
    return seen_.insert(digest.finish()).second;
  }

  ReadingSink& sink_;
  const ZipFiles files_;
  std::string name_;
  bool remembers_ = false;
  std::set<Sha256> seen_;
};

ZipFiles all_members(ReadingSink& sink) {
  return {[](auto /*name*/) { return true; },
          [&sink](auto name, auto bytes) { sink.member(name, bytes); }};
}

void read_members(const Document& document, ReadingSink& sink, ArchiveKind kind) {
  if (!ArchiveReading(sink, all_members(sink)).read(document.bytes, kind)) {
    sink.opaque("", Opaque::broken);
  }
}

// What is put in front of a zip: a program that unpacks it, or anything.
void read_prefix(std::string_view prefix, ReadingSink& sink) {
  const std::string_view type = type_by_content(prefix.substr(0, kSniffBytes));
  if (prefix.empty() || type == "application/pdf" || type.starts_with("image/")) {
    return;
  }
  const Decoded decoded = decode_charset(prefix.substr(0, limits::kPartText), "");
  if (!reads_as_text(decoded.text) || prefix.size() > limits::kPartText) {
    sink.opaque("", Opaque::unknown);
    return;
  }
  sink.text(decoded.text + '\n');
}

// A tar header has a check sum over itself (POSIX.1-1988), also where it has no magic word.
bool is_tar_start(std::string_view header) {
  constexpr std::size_t kSum = 148;
  if (header.size() != kTarHeader || header[0] == '\0') {
    return false;
  }
  std::size_t sum = 8 * static_cast<std::size_t>(' ');
  for (std::size_t i = 0; i < header.size(); ++i) {
    sum += i >= kSum && i < kSum + 8 ? 0 : static_cast<unsigned char>(header[i]);
  }
  std::size_t said = 0;
  for (const char c : header.substr(kSum, 8)) {
    if (c >= '0' && c <= '7') {
      said = said * 8 + static_cast<std::size_t>(c - '0');
    } else if (said > 0) {
      break;
    }
  }
  return said == sum;
}

}  // namespace

bool is_zip(const Document& document) {
  return document.bytes.starts_with(kLocalHeader) || document.bytes.starts_with("PK\x05\x06"sv) ||
         document.bytes.starts_with("PK\x07\x08PK\x03\x04"sv) ||
         document.bytes.starts_with("PK00PK\x03\x04"sv);
}

bool has_zip_behind(const Document& document) {
  return ends_as_zip(document.bytes);
}

bool is_seven_zip(const Document& document) {
  return document.bytes.starts_with("7z\xBC\xAF\x27\x1C"sv);
}

bool is_rar(const Document& document) {
  return document.bytes.starts_with("Rar!\x1A\x07"sv);
}

bool is_cab(const Document& document) {
  return document.bytes.starts_with("MSCF\0\0\0\0"sv);
}

bool is_iso(const Document& document) {
  constexpr std::size_t kVolume = 16 * 2048;
  return document.bytes.size() > kVolume &&
         document.bytes.substr(kVolume + 1).starts_with("CD001"sv);
}

bool is_tar(const Document& document) {
  return is_tar_start(document.bytes.substr(0, kTarHeader));
}

bool is_compressed(const Document& document) {
  constexpr std::array kMagics{"\x1F\x8B\x08"sv, "\xFD\x37zXZ\0"sv, "\x28\xB5\x2F\xFD"sv,
                               "\x04\x22\x4D\x18"sv, "\x1F\x9D"sv};
  const std::string_view bytes = document.bytes;
  const bool bzip2 = bytes.size() > 10 && bytes.starts_with("BZh"sv) && bytes[3] >= '1' &&
                     bytes[3] <= '9' && bytes.substr(4).starts_with("1AY&SY"sv);
  return bzip2 || std::any_of(kMagics.begin(), kMagics.end(),
                              [&](auto magic) { return bytes.starts_with(magic); });
}

void read_zip_files(std::string_view bytes, ReadingSink& sink, const ZipFiles& files) {
  const auto layout = zip_layout(bytes);
  ArchiveReading reading(sink, files);
  if (layout) {
    read_prefix(bytes.substr(0, std::min(layout->start, bytes.find(kLocalHeader))), sink);
    sink.text(as_utf8(layout->comment));
    for (const auto& name : layout->other_names) {
      sink.text(as_utf8(name) + '\n');
    }
  }
  if (layout && layout->exact) {
    if (layout->files > 0 && !reading.read(bytes, ArchiveKind::zip_directory)) {
      sink.opaque("", Opaque::broken);
    }
    return;
  }
  reading.remember_files();
  const bool whole = layout && reading.read(bytes, ArchiveKind::zip_directory);
  const std::size_t first = bytes.find(kLocalHeader);
  const bool streamed = first != std::string_view::npos && !sink.full() &&
                        reading.read(bytes.substr(first), ArchiveKind::zip_stream);
  if (!whole) {
    sink.opaque("", Opaque::broken);
  } else if (!streamed) {
    sink.opaque("", Opaque::ambiguous);
  }
}

void read_zip(const Document& document, ReadingSink& sink) {
  read_zip_files(document.bytes, sink, all_members(sink));
}

void read_seven_zip(const Document& document, ReadingSink& sink) {
  read_members(document, sink, ArchiveKind::seven_zip);
}

void read_rar(const Document& document, ReadingSink& sink) {
  read_members(document, sink, ArchiveKind::rar);
}

void read_cab(const Document& document, ReadingSink& sink) {
  read_members(document, sink, ArchiveKind::cab);
}

void read_iso(const Document& document, ReadingSink& sink) {
  // A second table of contents (UDF), which newer systems prefer, may list other files.
  constexpr std::size_t kDescriptors = 16 * 2048;
  const std::string_view head = document.bytes.substr(kDescriptors, 16 * 2048);
  if (head.find("\0NSR0"sv) != std::string_view::npos) {
    sink.opaque("", Opaque::ambiguous);
  }
  read_members(document, sink, ArchiveKind::iso);
}

void read_tar(const Document& document, ReadingSink& sink) {
  read_members(document, sink, ArchiveKind::tar);
}

void read_compressed(const Document& document, ReadingSink& sink) {
  ArchiveEntry entry;
  ArchiveFile start(document.bytes, ArchiveKind::compressed_file);
  const bool opens = start.next(entry) == ArchiveStep::entry;
  if (opens && is_tar_start(start.content(kTarHeader).bytes)) {
    read_members(document, sink, ArchiveKind::compressed_tar);
    return;
  }
  // Only gzip keeps the name of the file; else it is that of the whole, without its ending.
  const std::string_view stem = document.name.substr(0, document.name.rfind('.'));
  ArchiveReading reading(sink, all_members(sink));
  reading.set_name(stem);
  if (!reading.read(document.bytes, ArchiveKind::compressed_file)) {
    sink.opaque("", Opaque::broken);
  }
}

}  // namespace phimilter::extract
