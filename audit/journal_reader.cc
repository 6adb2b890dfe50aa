// SPDX-License-Identifier: Apache-2.0
#include "audit/journal_reader.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "audit/journal_line.h"

namespace phimilter::audit {

namespace {

constexpr std::size_t kReadBytes = 256 * 1024;

Fault unreadable(const std::string& path) {
  return errno_fault("audit.journal_read", "cannot read the journal").with("path", path);
}

}  // namespace

Result<std::vector<JournalFile>> journal_files(const std::string& folder) {
  auto names = list_folder(folder);
  if (!names) {
    return fail(names);
  }
  std::vector<JournalFile> files;
  for (std::string& name : *names) {
    if (const auto first = first_sequence_of(name)) {
      files.push_back({folder + "/" + name, std::move(name), *first});
    }
  }
  // Names of more than ten digits do not sort as text.
  std::sort(files.begin(), files.end(),
            [](const JournalFile& a, const JournalFile& b) { return a.first < b.first; });
  return files;
}

Result<LineFile> LineFile::open(const std::string& path) {
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!fd) {
    return fail(unreadable(path));
  }
  return LineFile(std::move(fd), path);
}

Result<std::optional<std::string_view>> LineFile::next() {
  std::size_t searched = used_;
  for (;;) {
    const std::size_t end = buffer_.find('\n', searched);
    if (end != std::string::npos) {
      const std::string_view line = std::string_view(buffer_).substr(used_, end - used_);
      offset_ += line.size() + 1;
      used_ = end + 1;
      return line;
    }
    buffer_.erase(0, used_);
    used_ = 0;
    searched = buffer_.size();
    if (searched > kLongestLine) {
      return fail(permanent_fault("audit.journal_line", "a line of the journal is too long")
                      .with("path", path_));
    }
    buffer_.resize(searched + kReadBytes);
    const ssize_t got = pread(fd_.get(), buffer_.data() + searched, kReadBytes,
                              static_cast<off_t>(offset_ + searched));
    buffer_.resize(searched + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    if (got < 0 && errno != EINTR) {
      return fail(unreadable(path_));
    }
    if (got == 0) {
      return std::nullopt;
    }
  }
}

void LineFile::forget_read_ahead() {
  buffer_.clear();
  used_ = 0;
}

Result<std::uint64_t> LineFile::bytes_after_offset() const {
  struct stat info {};
  if (fstat(fd_.get(), &info) != 0) {
    return fail(unreadable(path_));
  }
  const auto size = static_cast<std::uint64_t>(info.st_size);
  return size > offset_ ? size - offset_ : 0;
}

void JournalReader::seek(std::uint64_t sequence) {
  wanted_ = sequence;
  file_.reset();
  first_ = 0;
}

void JournalReader::forget_read_ahead() {
  if (file_) {
    file_->forget_read_ahead();
  }
}

// From no file: the one in which the wanted line stands. Else: the one after. nullopt: there is
// none.
Result<std::optional<JournalFile>> JournalReader::following_file() const {
  auto files = journal_files(folder_);
  if (!files) {
    return fail(files);
  }
  std::optional<JournalFile> chosen;
  for (JournalFile& file : *files) {
    if (file_ && file.first > first_) {
      return std::move(file);
    }
    if (!file_ && (!chosen || file.first <= wanted_)) {
      chosen = std::move(file);
    }
  }
  return chosen;
}

Result<std::optional<std::string_view>> JournalReader::next_line() {
  for (;;) {
    if (file_) {
      auto line = file_->next();
      if (!line || *line) {
        return line;
      }
    }
    const auto following = following_file();
    if (!following) {
      return fail(following.error());
    }
    if (!*following) {
      return std::nullopt;
    }
    // Lines may have come to this file before the writer began the next one; now no more can.
    if (file_) {
      auto line = file_->next();
      if (!line || *line) {
        return line;
      }
    }
    auto opened = LineFile::open((*following)->path);
    if (!opened) {
      return fail(opened);
    }
    file_.emplace(std::move(*opened));
    first_ = (*following)->first;
    name_ = (*following)->name;
  }
}

Result<std::optional<JournalLine>> JournalReader::next() {
  for (;;) {
    const auto line = next_line();
    if (!line) {
      return fail(line.error());
    }
    if (!*line) {
      return std::nullopt;
    }
    const auto view = parse_line(**line);
    if (!view) {
      return fail(permanent_fault("audit.journal_line", "a line of the journal does not parse")
                      .with("file", name_)
                      .with("offset", std::to_string(file_->offset())));
    }
    if (view->sequence >= wanted_) {
      wanted_ = view->sequence + 1;
      return JournalLine{view->sequence, std::string(view->record), std::string(view->hash), name_};
    }
  }
}

Result<std::uint64_t> sequence_since(const std::string& folder, Timestamp since) {
  constexpr auto kClockSetBack = std::chrono::hours(24);
  auto files = journal_files(folder);
  if (!files) {
    return fail(files);
  }
  for (auto file = files->rbegin(); file != files->rend(); ++file) {
    auto opened = LineFile::open(file->path);
    if (!opened) {
      return fail(opened);
    }
    const auto line = opened->next();
    if (!line) {
      return fail(line.error());
    }
    const auto view = *line ? parse_line(**line) : std::nullopt;
    const auto record =
        view ? record_from_json(view->record)
             : Result<Record>(fail(permanent_fault("audit.journal_line", "no line")));
    if (record && record->time + kClockSetBack < since) {
      return file->first;
    }
  }
  return files->empty() ? 0 : files->front().first;
}

Status read_journal(const std::string& folder, std::uint64_t from,
                    const std::function<bool(const JournalLine&)>& each) {
  JournalReader reader(folder);
  reader.seek(from);
  for (;;) {
    const auto line = reader.next();
    if (!line) {
      return fail(line.error());
    }
    if (!*line || !each(**line)) {
      return {};
    }
  }
}

}  // namespace phimilter::audit
