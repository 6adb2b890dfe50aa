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
constexpr std::size_t kBlock = 64 * limits::kKiB;
constexpr mode_t kMode = 0600;
constexpr std::string_view kSuffix = ".batch";  // what else is in the folder is not ours

Fault cannot_write(const std::string& path) {
  return errno_fault("file.batch", "the book of batches cannot be written").with("path", path);
}

class Files final : public BatchFiles {
 public:
  explicit Files(std::string folder) : folder_(std::move(folder)) {}

  Result<std::string> read(const std::string& name) override {
    const std::string path = path_of(name);
    struct stat found {};
    if (::stat(path.c_str(), &found) != 0 && errno == ENOENT) {
      return std::string();
    }
    if (found.st_size > static_cast<off_t>(kLongestFile)) {
      return fail(configuration_fault("file.too_large", "the book of a batch is too long"));
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
      const UniqueFd fd(
          ::open(path_of(name).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
      if (!name.ends_with(kSuffix) || !fd || ::fstat(fd.get(), &found) != 0 ||
          !S_ISREG(found.st_mode)) {
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
        ::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, kMode));
    if (!fd) {
      return fail(cannot_write(path));
    }
    const off_t size = ::lseek(fd.get(), 0, SEEK_END);
    const std::optional<off_t> before = end_of_whole_lines(fd.get(), size);
    // What a power cut left half would join the next line.
    if (!before || (*before != size && ::ftruncate(fd.get(), *before) != 0)) {
      return fail(cannot_write(path));
    }
    auto written = write_all(fd.get(), lines, path);
    if (written && ::fdatasync(fd.get()) != 0) {
      written = fail(cannot_write(path));
    }
    if (!written) {
      if (::ftruncate(fd.get(), *before) != 0) {
        return fail(cannot_write(path));
      }
      return written;
    }
    return is_new ? sync_folder(folder_) : Status();
  }

  // nullopt: it cannot be read.
  static std::optional<off_t> end_of_whole_lines(int fd, off_t size) {
    char last = '\n';
    if (size > 0 && ::pread(fd, &last, 1, size - 1) != 1) {
      return std::nullopt;
    }
    std::string block;
    for (off_t end = last == '\n' ? 0 : size; end > 0; end -= static_cast<off_t>(block.size())) {
      block.resize(std::min(kBlock, static_cast<std::size_t>(end)));
      const off_t begin = end - static_cast<off_t>(block.size());
      if (::pread(fd, block.data(), block.size(), begin) != static_cast<ssize_t>(block.size())) {
        return std::nullopt;
      }
      if (const auto found = block.rfind('\n'); found != std::string::npos) {
        return begin + static_cast<off_t>(found) + 1;
      }
    }
    return last == '\n' ? size : 0;
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

}  // namespace

Result<std::unique_ptr<BatchFiles>> open_batch_files(const std::string& folder) {
  auto opened = make_folder(folder, 0700);
  if (opened && ::access(folder.c_str(), R_OK | W_OK | X_OK) != 0) {
    opened = fail(cannot_write(folder));
  }
  if (!opened) {
    opened.error().kind = FaultKind::configuration;
    return fail(opened);
  }
  return std::unique_ptr<BatchFiles>(std::make_unique<Files>(folder));
}

}  // namespace phimilter::delivery
