// SPDX-License-Identifier: Apache-2.0
#include "audit/journal_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "audit/journal_head.h"
#include "base/log.h"

namespace phimilter::audit {

namespace {

constexpr mode_t kMode = 0640;

Fault broken(const std::string& name, std::uint64_t line, const std::string& what) {
  return configuration_fault(
             "audit.journal_broken",
             "the journal does not verify; keep its folder for examination and give "
             "another one in the settings")
      .with("file", name)
      .with("line", std::to_string(line))
      .with("problem", what);
}

Result<UniqueFd> open_for_writing(const std::string& path, int flags) {
  UniqueFd fd(open(path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW | flags, kMode));
  if (!fd) {
    return fail(errno_fault("audit.journal_write", "cannot write the journal").with("path", path));
  }
  return fd;
}

// The last line of a file, without checking the others.
Result<std::optional<ChainEnd>> last_line(const JournalFile& file) {
  auto lines = LineFile::open(file.path);
  if (!lines) {
    return fail(lines);
  }
  std::optional<ChainEnd> end;
  for (;;) {
    const auto line = lines->next();
    if (!line) {
      return fail(line.error());
    }
    if (!*line) {
      return end;
    }
    if (const auto view = parse_line(**line)) {
      end = ChainEnd{view->sequence, std::string(view->hash)};
    }
  }
}

}  // namespace

Status JournalFileWriter::open() {
  const auto files = journal_files(folder_);
  if (!files) {
    return fail(files.error());
  }
  if (!files->empty()) {
    if (auto opened = open_last(*files); !opened) {
      return opened;
    }
    return {};
  }
  return check_head({});
}

Status JournalFileWriter::begin_head() {
  auto head = audit::begin_head(folder_, {end_.sequence, end_.hash});
  if (!head) {
    return fail(head);
  }
  head_ = std::move(*head);
  return {};
}

Status JournalFileWriter::open_last(const std::vector<JournalFile>& files) {
  file_ = files.back();
  std::optional<ChainEnd> end = ChainEnd{};
  if (files.size() > 1) {
    auto before = last_line(files[files.size() - 2]);
    if (!before) {
      return fail(before);
    }
    end = std::move(*before);
  } else if (file_.first != 1) {
    end.reset();  // older files were taken away by the admin
  }
  std::optional<Fault> problem;
  const auto scan = scan_file(file_, end, [&](std::uint64_t line, const std::string& what) {
    problem = broken(file_.name, line, what);
    return false;
  });
  if (!scan || problem) {
    return fail(scan ? *problem : scan.error());
  }
  if (!end || (scan->lines == 0 && end->sequence + 1 != file_.first)) {
    return fail(broken(file_.name, 1, "the file before is missing"));
  }
  end_ = *end;
  if (auto checked = check_head(file_); !checked) {
    return checked;
  }
  auto fd = open_for_writing(file_.path, 0);
  if (!fd) {
    return fail(fd);
  }
  if (scan->torn_bytes > 0) {
    log::event(log::Level::warning, "", "journal_torn_line",
               {{"file", file_.name}, {"bytes", std::to_string(scan->torn_bytes)}});
    if (auto cut = disk_->truncate(fd->get(), scan->whole_bytes, file_.path); !cut) {
      return cut;
    }
  }
  // A line may be in the page cache only, if the program ended between writing and syncing it.
  if (auto synced = disk_->sync(fd->get(), file_.path); !synced) {
    return synced;
  }
  fd_ = std::move(*fd);
  size_ = scan->whole_bytes;
  return {};
}

Status JournalFileWriter::check_head(const JournalFile& file) {
  const auto head = read_head(folder_);
  if (!head && head.error().kind == FaultKind::permanent) {
    log::fault(log::Level::error, "", head.error());
    lost_head_ = true;
    return {};
  }
  if (!head) {
    return fail(head.error());
  }
  if (!*head) {
    lost_head_ = end_.sequence > 0;  // else it is the first start
    return {};
  }
  const bool missing = (*head)->sequence > end_.sequence;
  if (missing || ((*head)->sequence == end_.sequence && (*head)->hash != end_.hash)) {
    return fail(broken(file.name, 0,
                       missing ? "it ends with sequence " + std::to_string(end_.sequence) +
                                     ", but sequence " + std::to_string((*head)->sequence) +
                                     " was written"
                               : "the last line is not the one that was written"));
  }
  return {};
}

Status JournalFileWriter::begin_file() {
  JournalFile next;
  next.first = end_.sequence + 1;
  next.name = journal_file_name(next.first);
  next.path = folder_ + "/" + next.name;
  // A try that failed after this point left an empty file of that name; it serves.
  auto fd = open_for_writing(next.path, O_CREAT);
  if (!fd) {
    return fail(fd);
  }
  if (fchmod(fd->get(), kMode) != 0) {
    return fail(
        errno_fault("audit.journal_write", "cannot write the journal").with("path", next.path));
  }
  if (auto synced = sync_folder(folder_); !synced) {
    return synced;
  }
  fd_ = std::move(*fd);
  file_ = std::move(next);
  size_ = 0;
  return {};
}

Status JournalFileWriter::append(const std::string& lines, const ChainEnd& end) {
  if (doubt_ != Doubt::none) {
    if (auto recovered = recover(); !recovered) {
      return recovered;
    }
  }
  if (!fd_ || size_ >= options_.rotate_bytes) {
    if (auto begun = begin_file(); !begun) {
      return begun;
    }
  }
  doubt_ = Doubt::tail;
  if (auto written = disk_->write(fd_.get(), lines, file_.path); !written) {
    return written;
  }
  doubt_ = Doubt::cache;
  if (auto synced = disk_->sync(fd_.get(), file_.path); !synced) {
    return synced;
  }
  doubt_ = Doubt::none;
  size_ += lines.size();
  end_ = end;
  // It may lag; what it says is durable already.
  (void)overwrite_head(head_.get(), {end_.sequence, end_.hash});
  return {};
}

void JournalFileWriter::doubt_tail() {
  doubt_ = doubt_ == Doubt::none ? Doubt::tail : doubt_;
}

// Opened anew, since an error of the disk is reported to a descriptor once and then forgotten.
Status JournalFileWriter::recover() {
  if (!fd_) {
    doubt_ = Doubt::none;
    return {};
  }
  auto fd = open_for_writing(file_.path, 0);
  if (!fd) {
    return fail(fd);
  }
  struct stat info {};
  if (fstat(fd->get(), &info) != 0 || static_cast<std::uint64_t>(info.st_size) < size_) {
    return fail(
        transient_fault("audit.journal_lost", "the journal is shorter than what was written")
            .with("path", file_.path));
  }
  if (auto cut = disk_->truncate(fd->get(), size_, file_.path); !cut) {
    return cut;
  }
  if (doubt_ == Doubt::cache) {
    (void)posix_fadvise(fd->get(), 0, 0, POSIX_FADV_DONTNEED);
    if (auto read = reread(); !read) {
      return read;
    }
  }
  fd_ = std::move(*fd);
  doubt_ = Doubt::none;
  return {};
}

Status JournalFileWriter::reread() {
  bool whole = true;
  std::optional<ChainEnd> end;
  const auto scan = scan_file(file_, end, [&whole](std::uint64_t, const std::string&) {
    whole = false;
    return false;
  });
  if (!scan) {
    return fail(scan.error());
  }
  const bool same = scan->lines == 0 ? size_ == 0 : end && end->hash == end_.hash;
  if (!whole || !same || scan->torn_bytes > 0) {
    return fail(transient_fault("audit.journal_lost", "the journal does not read as it was written")
                    .with("path", file_.path));
  }
  return {};
}

}  // namespace phimilter::audit
