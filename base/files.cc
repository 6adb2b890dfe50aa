// SPDX-License-Identifier: Apache-2.0
#include "base/files.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>

#include "base/encoding.h"
#include "base/secret.h"

namespace phimilter {
namespace {

std::string folder_of(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos) {
    return ".";
  }
  return slash == 0 ? "/" : path.substr(0, slash);
}

// Removes a temporary file unless it was renamed into place.
class TemporaryName {
 public:
  explicit TemporaryName(std::string path) : path_(std::move(path)) {}
  TemporaryName(const TemporaryName&) = delete;
  TemporaryName& operator=(const TemporaryName&) = delete;
  ~TemporaryName() {
    if (!kept_) {
      unlink(path_.c_str());
    }
  }
  const std::string& path() const { return path_; }
  void keep() { kept_ = true; }

 private:
  std::string path_;
  bool kept_ = false;
};

}  // namespace

UniqueFd& UniqueFd::operator=(UniqueFd&& other) noexcept {
  if (this != &other) {
    reset();
    fd_ = std::exchange(other.fd_, -1);
  }
  return *this;
}

void UniqueFd::reset() {
  if (fd_ >= 0) {
    close(fd_);
    fd_ = -1;
  }
}

Status write_all(int fd, std::string_view bytes, const std::string& path_for_fault) {
  while (!bytes.empty()) {
    const ssize_t wrote = write(fd, bytes.data(), bytes.size());
    if (wrote < 0) {
      if (errno == EINTR) {
        continue;
      }
      return fail(errno_fault("file.write", "cannot write").with("path", path_for_fault));
    }
    bytes.remove_prefix(static_cast<std::size_t>(wrote));
  }
  return {};
}

Result<std::string> read_file(const std::string& path, std::size_t longest) {
  UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) {
    return fail(errno_fault("file.open", "cannot open the file").with("path", path));
  }
  std::string content;
  std::array<char, 65536> buffer{};
  for (;;) {
    const ssize_t got = read(fd.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got < 0) {
      return fail(errno_fault("file.read", "cannot read the file").with("path", path));
    }
    if (got == 0) {
      return content;
    }
    content.append(buffer.data(), static_cast<std::size_t>(got));
    if (content.size() > longest) {
      return fail(configuration_fault("file.too_large", "the file is larger than it may be")
                      .with("path", path)
                      .with("limit", std::to_string(longest)));
    }
  }
}

Status sync_folder(const std::string& path) {
  UniqueFd fd(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd || fsync(fd.get()) != 0) {
    return fail(errno_fault("file.sync", "cannot sync the folder").with("path", path));
  }
  return {};
}

Status write_file_durably(const std::string& path, std::string_view content, mode_t mode) {
  std::array<std::uint8_t, 8> nonce{};
  fill_random(nonce);
  TemporaryName temporary(folder_of(path) + "/.tmp-" + hex(nonce));
  UniqueFd fd(
      open(temporary.path().c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode));
  if (!fd) {
    temporary.keep();
    return fail(errno_fault("file.create", "cannot make a file in the folder")
                    .with("path", folder_of(path)));
  }
  if (auto wrote = write_all(fd.get(), content, path); !wrote) {
    return fail(wrote);
  }
  // The mode is a decision, not the umask's.
  if (fchmod(fd.get(), mode) != 0 || fsync(fd.get()) != 0) {
    return fail(errno_fault("file.sync", "cannot sync the file").with("path", path));
  }
  if (rename(temporary.path().c_str(), path.c_str()) != 0) {
    return fail(errno_fault("file.rename", "cannot put the file in its place").with("path", path));
  }
  temporary.keep();
  return sync_folder(folder_of(path));
}

Result<std::vector<std::string>> list_folder(const std::string& path) {
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(opendir(path.c_str()), closedir);
  if (!folder) {
    return fail(errno_fault("file.list", "cannot list the folder").with("path", path));
  }
  std::vector<std::string> names;
  errno = 0;
  while (const dirent* entry = readdir(folder.get())) {
    if (entry->d_name[0] != '.') {
      names.emplace_back(entry->d_name);
    }
  }
  if (errno != 0) {
    return fail(errno_fault("file.list", "cannot list the folder").with("path", path));
  }
  std::sort(names.begin(), names.end());
  return names;
}

Status make_folder(const std::string& path, mode_t mode) {
  if (mkdir(path.c_str(), mode) == 0) {
    struct stat made {};
    if (stat(path.c_str(), &made) == 0) {
      // What the umask took is given back; a group that came from the folder above stays.
      const mode_t inherited = made.st_mode & S_ISGID;
      if ((made.st_mode & 0777) == (mode & 0777) || chmod(path.c_str(), mode | inherited) == 0) {
        return {};
      }
    }
  } else if (errno == EEXIST) {
    return {};
  }
  return fail(errno_fault("file.mkdir", "cannot make the folder").with("path", path));
}

}  // namespace phimilter
