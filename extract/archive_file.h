// SPDX-License-Identifier: Apache-2.0
//
// The files of an archive, one behind the other, out of bytes in memory: nothing is opened, no
// program is started, no locale is asked.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace phimilter::extract {

// Sets the locale's characters and the time zone so that reading asks the system for neither, and
// reads one of each kind. Once, before the jail.
void warm_up_archives();

enum class ArchiveKind {
  zip_directory,  // by its central directory, as most programs do
  zip_stream,     // by the headers before the files
  seven_zip,
  rar,
  cab,
  iso,
  tar,
  compressed_tar,   // by gzip, bzip2, xz, zstd, lz4 or compress
  compressed_file,  // a single file, by the same
};

struct ArchiveEntry {
  std::string name;  // bytes as they stand there
  std::string link;  // what a link points to
  bool is_file = false;
  bool encrypted = false;
};

enum class ArchiveStep { entry, end, broken, encrypted };

struct ArchiveContent {
  std::string bytes;
  bool broken = false;  // `bytes` is what could be read
  bool longer = false;  // than was asked for
};

class ArchiveFile {
 public:
  // `bytes` must outlive it.
  ArchiveFile(std::string_view bytes, ArchiveKind kind);
  ~ArchiveFile();
  ArchiveFile(const ArchiveFile&) = delete;
  ArchiveFile& operator=(const ArchiveFile&) = delete;

  // The next entry; behind anything but `entry` nothing more comes.
  ArchiveStep next(ArchiveEntry& entry);
  // The content of that entry, at most so many bytes.
  ArchiveContent content(std::size_t longest);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace phimilter::extract
