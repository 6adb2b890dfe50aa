// SPDX-License-Identifier: Apache-2.0
//
// File descriptors with an owner, and writes that are on the disk when they return.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace phimilter {

class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(int fd) : fd_(fd) {}
  UniqueFd(const UniqueFd&) = delete;
  UniqueFd& operator=(const UniqueFd&) = delete;
  UniqueFd(UniqueFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept;
  ~UniqueFd() { reset(); }
  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  int release() { return std::exchange(fd_, -1); }
  void reset();

 private:
  int fd_ = -1;
};

// All of it, or a transient fault. EINTR is retried.
Status write_all(int fd, std::string_view bytes, const std::string& path_for_fault);
// Up to `longest` bytes; a longer file is a configuration fault.
Result<std::string> read_file(const std::string& path, std::size_t longest);
// New content under the name, or the old one, never half: temporary file, fsync, rename, fsync of
// the folder.
Status write_file_durably(const std::string& path, std::string_view content, mode_t mode);
Status sync_folder(const std::string& path);
// Names (not paths) in a folder, sorted, without dot files.
Result<std::vector<std::string>> list_folder(const std::string& path);
Status make_folder(const std::string& path, mode_t mode);  // present already: fine

}  // namespace phimilter
