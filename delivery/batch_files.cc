// SPDX-License-Identifier: Apache-2.0
#include "delivery/batch_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>

#include "base/files.h"
#include "base/limits.h"

namespace phimilter::delivery {

namespace {

constexpr std::size_t kLongestFile = 256 * limits::kMiB;
constexpr std::size_t kLongestLine = 1024;
constexpr mode_t kMode = 0600;

Fault cannot_write(const std::string& path) {
  return errno_fault("file.batch", "the book of batches cannot be written").with("path", path);
}

class Files final : public BatchFiles {
 public:
  explicit Files(std::string folder) : folder_(std::move(folder)) {}

  Result<std::string> read(const std::string& name) override {
    const std::string path = path_of(name);
    if (::access(path.c_str(), F_OK) != 0 && errno == ENOENT) {
      return std::string();
    }
    auto text = read_file(path, kLongestFile);
    if (!text) {
      return fail(text);
    }
    text->resize(text->rfind('\n') + 1);  // npos + 1 is 0
    return std::move(*text);
  }

  Status append(const std::string& name, const std::string& lines) override {
    std::unique_lock lock(mutex_);
    Waiting& waiting = waiting_[name];
    waiting.lines += lines;
    const std::uint64_t mine = waiting.next;
    // Somebody who writes takes along what has come meanwhile.
    written_.wait(lock, [&] { return waiting.done > mine || !waiting.writing; });
    while (waiting.done <= mine && !waiting.writing) {
      write_round(name, waiting, lock);
    }
    const auto fault = waiting.faults.find(mine);
    return fault == waiting.faults.end() ? Status() : fail(fault->second);
  }

  Result<std::vector<BatchFile>> list() override {
    const auto names = list_folder(folder_);
    if (!names) {
      return fail(names.error());
    }
    std::vector<BatchFile> out;
    for (const std::string& name : *names) {
      struct stat found {};
      const UniqueFd fd(::open(path_of(name).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
      if (!fd || ::fstat(fd.get(), &found) != 0 || !S_ISREG(found.st_mode)) {
        continue;
      }
      const std::chrono::seconds seconds(found.st_mtim.tv_sec);
      out.push_back({name, Timestamp(seconds), last_line(fd.get(), found.st_size)});
    }
    return out;
  }

  Status remove(const std::string& name) override {
    if (::unlink(path_of(name).c_str()) != 0 && errno != ENOENT) {
      return fail(cannot_write(path_of(name)));
    }
    return sync_folder(folder_);
  }

 private:
  struct Waiting {
    std::string lines;
    std::uint64_t next = 1;  // the round that writes `lines`
    std::uint64_t done = 1;  // rounds before this one are over
    bool writing = false;
    std::map<std::uint64_t, Fault> faults;  // of the last rounds
  };

  void write_round(const std::string& name, Waiting& waiting, std::unique_lock<std::mutex>& lock) {
    waiting.writing = true;
    const std::uint64_t round = waiting.next++;
    const std::string lines = std::exchange(waiting.lines, {});
    lock.unlock();
    Status status = write_lines(name, lines);
    lock.lock();
    if (!status) {
      waiting.faults.insert_or_assign(round, std::move(status.error()));
    }
    waiting.faults.erase(waiting.faults.begin(),
                         waiting.faults.lower_bound(round > 64 ? round - 64 : 0));
    waiting.done = round + 1;
    waiting.writing = false;
    written_.notify_all();
  }

  Status write_lines(const std::string& name, const std::string& lines) const {
    const std::string path = path_of(name);
    const bool is_new = ::access(path.c_str(), F_OK) != 0;
    const UniqueFd fd(
        ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, kMode));
    if (!fd) {
      return fail(cannot_write(path));
    }
    const off_t before = ::lseek(fd.get(), 0, SEEK_END);
    auto written = write_all(fd.get(), lines, path);
    if (written && ::fdatasync(fd.get()) != 0) {
      written = fail(cannot_write(path));
    }
    if (!written) {
      // What is there half would join the next line.
      if (::ftruncate(fd.get(), before) != 0) {
        return fail(cannot_write(path));
      }
      return written;
    }
    return is_new ? sync_folder(folder_) : Status();
  }

  static std::string last_line(int fd, off_t size) {
    std::string text(std::min<std::size_t>(kLongestLine, static_cast<std::size_t>(size)), '\0');
    const ssize_t got =
        ::pread(fd, text.data(), text.size(), size - static_cast<off_t>(text.size()));
    text.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
    text.resize(text.rfind('\n') + 1);
    if (!text.empty()) {
      text.pop_back();
    }
    return text.substr(text.rfind('\n') + 1);
  }

  std::string path_of(const std::string& name) const { return folder_ + "/" + name; }

  const std::string folder_;
  std::mutex mutex_;
  std::condition_variable written_;
  std::map<std::string, Waiting> waiting_;
};

// A line that a power cut left half is ended before anything is added to it.
Status end_torn_lines(const std::string& folder) {
  const auto names = list_folder(folder);
  if (!names) {
    return fail(names.error());
  }
  for (const std::string& name : *names) {
    const std::string path = folder + "/" + name;
    auto text = read_file(path, kLongestFile);
    if (!text) {
      return fail(text);
    }
    const std::size_t whole = text->rfind('\n') + 1;
    if (whole != text->size() && ::truncate(path.c_str(), static_cast<off_t>(whole)) != 0) {
      return fail(cannot_write(path));
    }
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<BatchFiles>> open_batch_files(const std::string& folder) {
  auto opened = make_folder(folder, 0700);
  if (opened && ::access(folder.c_str(), W_OK) != 0) {
    opened = fail(cannot_write(folder));
  }
  if (opened) {
    opened = end_torn_lines(folder);
  }
  if (!opened) {
    opened.error().kind = FaultKind::configuration;
    return fail(opened);
  }
  return std::unique_ptr<BatchFiles>(std::make_unique<Files>(folder));
}

}  // namespace phimilter::delivery
