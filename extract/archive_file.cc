// SPDX-License-Identifier: Apache-2.0
#include "extract/archive_file.h"

#include <archive.h>
#include <archive_entry.h>
#include <langinfo.h>
#include <locale.h>
#include <time.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

namespace phimilter::extract {
namespace {

// libarchive asks for the next bytes and may go to any place: the archive is one block.
constexpr std::size_t kBlock = 64 * 1024;

void allow_compressed(archive* reader) {
  archive_read_support_filter_gzip(reader);
  archive_read_support_filter_bzip2(reader);
  archive_read_support_filter_xz(reader);
  archive_read_support_filter_zstd(reader);
  archive_read_support_filter_lz4(reader);
  archive_read_support_filter_compress(reader);
}

void allow(archive* reader, ArchiveKind kind) {
  switch (kind) {
    case ArchiveKind::zip_directory:
      archive_read_support_format_zip_seekable(reader);
      return;
    case ArchiveKind::zip_stream:
      archive_read_support_format_zip_streamable(reader);
      return;
    case ArchiveKind::seven_zip:
      archive_read_support_format_7zip(reader);
      return;
    case ArchiveKind::rar:
      archive_read_support_format_rar(reader);
      archive_read_support_format_rar5(reader);
      return;
    case ArchiveKind::cab:
      archive_read_support_format_cab(reader);
      return;
    case ArchiveKind::iso:
      archive_read_support_format_iso9660(reader);
      return;
    case ArchiveKind::tar:
      archive_read_support_format_tar(reader);
      return;
    case ArchiveKind::compressed_tar:
      allow_compressed(reader);
      archive_read_support_format_tar(reader);
      return;
    case ArchiveKind::compressed_file:
      allow_compressed(reader);
      archive_read_support_format_raw(reader);
      return;
  }
}

std::string text_or_empty(const char* text) {
  return text == nullptr ? std::string() : std::string(text);
}

}  // namespace

struct ArchiveFile::State {
  State(std::string_view all, ArchiveKind of_kind) : bytes(all), kind(of_kind) {}
  ~State() { archive_read_free(reader); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  static la_ssize_t read(archive* /*reader*/, void* self, const void** block) {
    auto& state = *static_cast<State*>(self);
    const std::string_view next = state.bytes.substr(state.position, kBlock);
    *block = next.data();
    state.position += next.size();
    return static_cast<la_ssize_t>(next.size());
  }

  static la_int64_t skip(archive* /*reader*/, void* self, la_int64_t request) {
    auto& state = *static_cast<State*>(self);
    const auto left = static_cast<la_int64_t>(state.bytes.size() - state.position);
    const la_int64_t step = std::clamp<la_int64_t>(request, 0, left);
    state.position += static_cast<std::size_t>(step);
    return step;
  }

  static la_int64_t seek(archive* /*reader*/, void* self, la_int64_t offset, int whence) {
    auto& state = *static_cast<State*>(self);
    const auto size = static_cast<la_int64_t>(state.bytes.size());
    const la_int64_t base = whence == SEEK_SET   ? 0
                            : whence == SEEK_CUR ? static_cast<la_int64_t>(state.position)
                                                 : size;
    if (offset < -base || offset > size - base) {
      return ARCHIVE_FATAL;
    }
    state.position = static_cast<std::size_t>(base + offset);
    return base + offset;
  }

  ArchiveStep end_of(int result) const {
    if (result == ARCHIVE_EOF) {
      return ArchiveStep::end;
    }
    return archive_read_has_encrypted_entries(reader) == 1 ? ArchiveStep::encrypted
                                                           : ArchiveStep::broken;
  }

  std::string_view bytes;
  const ArchiveKind kind;
  std::size_t position = 0;
  archive* reader = archive_read_new();
  bool open = false;
};

ArchiveFile::ArchiveFile(std::string_view bytes, ArchiveKind kind)
    : state_(std::make_unique<State>(bytes, kind)) {
  archive* reader = state_->reader;
  if (reader == nullptr) {
    return;
  }
  allow(reader, kind);
  // Behind the end of a tar archive another may follow; unpacking programs can be told to go on.
  archive_read_set_option(reader, "tar", "read_concatenated_archives", "1");
  archive_read_set_callback_data(reader, state_.get());
  archive_read_set_read_callback(reader, &State::read);
  archive_read_set_skip_callback(reader, &State::skip);
  archive_read_set_seek_callback(reader, &State::seek);
  state_->open = archive_read_open1(reader) == ARCHIVE_OK;
}

ArchiveFile::~ArchiveFile() = default;

ArchiveStep ArchiveFile::next(ArchiveEntry& entry) {
  if (!state_->open) {
    return ArchiveStep::broken;
  }
  archive_entry* header = nullptr;
  const int result = archive_read_next_header(state_->reader, &header);
  if (result != ARCHIVE_OK && result != ARCHIVE_WARN) {
    state_->open = false;
    return state_->end_of(result);
  }
  entry.name = text_or_empty(archive_entry_pathname(header));
  entry.link = text_or_empty(archive_entry_symlink(header));
  if (entry.link.empty()) {
    entry.link = text_or_empty(archive_entry_hardlink(header));
  }
  // Types are set freely by who made the archive; what has content is a file, unless it is the list
  // of names that a folder is on a disc.
  const bool is_folder_of_disc =
      state_->kind == ArchiveKind::iso && archive_entry_filetype(header) == AE_IFDIR;
  entry.is_file = !is_folder_of_disc &&
                  (archive_entry_filetype(header) == AE_IFREG || archive_entry_size(header) > 0);
  entry.encrypted = archive_entry_is_encrypted(header) != 0;
  return ArchiveStep::entry;
}

ArchiveContent ArchiveFile::content(std::size_t longest) {
  ArchiveContent content;
  while (true) {
    const void* block = nullptr;
    std::size_t size = 0;
    la_int64_t offset = 0;
    const int result = archive_read_data_block(state_->reader, &block, &size, &offset);
    if (result == ARCHIVE_EOF) {
      return content;
    }
    if (result != ARCHIVE_OK && result != ARCHIVE_WARN) {
      content.broken = true;
      return content;
    }
    // Holes of sparse files are not filled: nothing stands in them.
    const std::size_t room = longest - content.bytes.size();
    content.bytes.append(static_cast<const char*>(block), std::min(size, room));
    if (size > room) {
      content.longer = true;
      return content;
    }
  }
}

void warm_up_archives() {
  // Names are turned from UTF-8 and UTF-16 to the locale's characters: only when those are UTF-8
  // no converter is loaded for it. Times are local: with a zone that is no file, none is looked at.
  ::setlocale(LC_CTYPE, "C.UTF-8");
  ::setenv("TZ", "UTC0", 1);
  ::tzset();
}

}  // namespace phimilter::extract
