// SPDX-License-Identifier: Apache-2.0
//
// Lines of a journal, pulled one at a time, while a writer may go on writing: at the end one waits
// and asks again.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/journal.h"
#include "base/files.h"

namespace phimilter::audit {

struct JournalFile {
  std::string path, name;
  std::uint64_t first = 0;
};
// In order. Transient fault: the folder cannot be read.
Result<std::vector<JournalFile>> journal_files(const std::string& folder);

// A sequence number from which on every record since `since` is read, and no more files than that
// needs, by the time of each file's first record. A record may be older than one before it by a day
// (the clock was set back). Transient fault: unreadable.
Result<std::uint64_t> sequence_since(const std::string& folder, Timestamp since);

// Lines of one file. What has no line end yet is not a line.
class LineFile {
 public:
  // Transient fault: cannot be opened.
  static Result<LineFile> open(const std::string& path);
  // Without the line end, valid until the next call; nullopt: no more for now. Permanent fault: a
  // line is longer than kLongestLine.
  Result<std::optional<std::string_view>> next();
  // What was read ahead is read again: the writer may have taken back what it could not sync.
  void forget_read_ahead();
  std::uint64_t offset() const { return offset_; }   // after the last line given out
  Result<std::uint64_t> bytes_after_offset() const;  // of a line without end

 private:
  LineFile(UniqueFd fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}
  UniqueFd fd_;
  std::string path_;
  std::string buffer_;
  std::size_t used_ = 0;      // of buffer_, given out already
  std::uint64_t offset_ = 0;  // in the file, of buffer_[used_]
};

class JournalReader {
 public:
  explicit JournalReader(std::string folder) : folder_(std::move(folder)) {}
  // The next call of next() gives the first line with this sequence number or a later one.
  void seek(std::uint64_t sequence);
  // nullopt: the end for now. Transient fault: unreadable; permanent: does not parse. After a
  // fault: seek().
  Result<std::optional<JournalLine>> next();
  void forget_read_ahead();

 private:
  Result<std::optional<JournalFile>> following_file() const;
  Result<std::optional<std::string_view>> next_line();
  std::string folder_;
  std::optional<LineFile> file_;
  std::string name_;
  std::uint64_t first_ = 0;  // of file_
  std::uint64_t wanted_ = 1;
};

}  // namespace phimilter::audit
