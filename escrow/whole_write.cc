// SPDX-License-Identifier: Apache-2.0
#include "escrow/whole_write.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>

#include "base/encoding.h"
#include "base/files.h"
#include "base/limits.h"

namespace phimilter::escrow {

namespace {

constexpr std::string_view kNew = ".new";
constexpr std::string_view kList = "/.import";
constexpr std::string_view kLock = "/.import-lock";
constexpr std::size_t kLongestList = 64 * limits::kMiB;

Fault cannot(const std::string& path) {
  return errno_fault("escrow.whole_write", "a recipient's file cannot be written")
      .with("path", path);
}

// nullopt: somebody else has it, or it may not be written to.
std::optional<UniqueFd> take_lock(const std::string& folder) {
  const std::string path = folder + std::string(kLock);
  UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0660));
  if (!fd || ::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    return std::nullopt;
  }
  static_cast<void>(::fchmod(fd.get(), 0660));  // NOLINT(cert-err33-c): who made it has done it
  return fd;
}

// Not yet on the disk.
Status write_new(const std::string& path, std::string_view content, mode_t mode) {
  const UniqueFd fd(
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode));
  if (!fd || ::fchmod(fd.get(), mode) != 0) {
    return fail(cannot(path));
  }
  return write_all(fd.get(), content, path);
}

Status sync_all(const std::string& folder) {
  const UniqueFd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd || ::syncfs(fd.get()) != 0) {
    return fail(cannot(folder));
  }
  return {};
}

Status put_in_place(const std::string& folder, std::string_view names) {
  for (const std::string_view name : split(names, '\n')) {
    const std::string path = folder + "/" + std::string(name);
    const bool is_name = !name.empty() && name.find('/') == std::string_view::npos;
    if (is_name && ::rename((path + std::string(kNew)).c_str(), path.c_str()) != 0 &&
        errno != ENOENT) {
      return fail(cannot(path));
    }
  }
  auto synced = sync_folder(folder);
  if (synced && ::unlink((folder + std::string(kList)).c_str()) != 0) {
    return fail(cannot(folder));
  }
  return synced ? sync_folder(folder) : synced;
}

void take_back(const std::string& folder) {
  if (const auto names = list_folder(folder)) {
    for (const std::string& name : *names) {
      if (name.ends_with(kNew)) {
        ::unlink((folder + "/" + name).c_str());
      }
    }
  }
}

bool is_left(const std::string& folder) {
  if (::access((folder + std::string(kList)).c_str(), F_OK) == 0) {
    return true;
  }
  const auto names = list_folder(folder);
  return names && std::any_of(names->begin(), names->end(),
                              [](const std::string& name) { return name.ends_with(kNew); });
}

Status finish_locked(const std::string& folder) {
  const std::string list = folder + std::string(kList);
  if (::access(list.c_str(), F_OK) != 0) {
    take_back(folder);
    return {};
  }
  const auto names = read_file(list, kLongestList);
  return names ? put_in_place(folder, *names) : fail(names.error());
}

}  // namespace

Status write_whole(const std::string& folder, std::span<const NamedContent> files, mode_t mode) {
  const auto lock = take_lock(folder);
  if (!lock) {
    return fail(transient_fault("escrow.import_busy",
                                "another import is at work, or the folder cannot be written to")
                    .with("folder", folder));
  }
  auto status = finish_locked(folder);
  std::string names;
  for (const NamedContent& file : files) {
    if (status) {
      status = write_new(folder + "/" + file.name + std::string(kNew), file.content, mode);
    }
    names += file.name + '\n';
  }
  if (status) {
    status = sync_all(folder);
  }
  if (status) {
    status = write_file_durably(folder + std::string(kList), names, mode);
  }
  if (!status) {
    take_back(folder);
    return status;
  }
  return put_in_place(folder, names);
}

Status finish_whole(const std::string& folder) {
  if (::access(folder.c_str(), W_OK) != 0 || !is_left(folder)) {
    return {};
  }
  const auto lock = take_lock(folder);
  return lock ? finish_locked(folder) : Status();
}

}  // namespace phimilter::escrow
