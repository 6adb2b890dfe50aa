// SPDX-License-Identifier: Apache-2.0
#include "escrow/whole_write.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "base/encoding.h"
#include "base/files.h"
#include "base/limits.h"
#include "escrow/vault_claims.h"

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

void take_back(const std::string& folder, const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    ::unlink((folder + "/" + name + std::string(kNew)).c_str());
  }
}

// What was not yet to count.
Status take_back_all(const std::string& folder) {
  const auto names = list_folder(folder);
  if (!names) {
    return fail(names.error());
  }
  for (const std::string& name : *names) {
    if (name.ends_with(kNew)) {
      ::unlink((folder + "/" + name).c_str());
    }
  }
  return {};
}

bool is_left(const std::string& folder) {
  if (::access((folder + std::string(kList)).c_str(), F_OK) == 0) {
    return true;
  }
  const auto names = list_folder(folder);
  return names && std::any_of(names->begin(), names->end(),
                              [](const std::string& name) { return name.ends_with(kNew); });
}

Status finish_held(const std::string& folder) {
  const std::string list = folder + std::string(kList);
  if (::access(list.c_str(), F_OK) != 0) {
    return errno == ENOENT ? take_back_all(folder) : fail(cannot(list));
  }
  const auto names = read_file(list, kLongestList);
  return names ? put_in_place(folder, *names) : fail(names.error());
}

// A list that was written, and perhaps not to the disk, goes before what it names. False: it stays,
// and counts.
bool is_list_gone(const std::string& folder) {
  const bool gone = ::unlink((folder + std::string(kList)).c_str()) == 0 || errno == ENOENT;
  static_cast<void>(sync_folder(folder));  // best effort: the disk said no before
  return gone;
}

}  // namespace

Result<std::unique_ptr<VaultClaim>> hold_folder(const std::string& folder,
                                                std::chrono::milliseconds patience) {
  const std::string path = folder + std::string(kLock);
  const UniqueFd made(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0660));
  if (made) {
    static_cast<void>(::fchmod(made.get(), 0660));  // NOLINT(cert-err33-c): who made it has done it
  }
  auto held = claim_file(path, patience);
  if (held && *held == nullptr) {
    return fail(transient_fault("escrow.import_busy",
                                "an import, or another change of recipients, is at work; try again")
                    .with("folder", folder));
  }
  if (held) {
    if (auto finished = finish_held(folder); !finished) {
      return fail(finished);
    }
  }
  return held;
}

Status write_whole(const std::string& folder, std::span<const NamedContent> files, mode_t mode) {
  Status status;
  std::string list;
  std::vector<std::string> names;
  for (const NamedContent& file : files) {
    list += file.name + '\n';
  }
  if (list.size() > kLongestList) {
    return fail(permanent_fault("escrow.import_size", "more recipients than one import may have"));
  }
  for (const NamedContent& file : files) {
    if (status) {
      names.push_back(file.name);
      status = write_new(folder + "/" + file.name + std::string(kNew), file.content, mode);
    }
  }
  if (status) {
    status = sync_all(folder);
  }
  if (status) {
    status = write_file_durably(folder + std::string(kList), list, mode);
  }
  if (!status && is_list_gone(folder)) {
    take_back(folder, names);
    return status;
  }
  if (auto placed = put_in_place(folder, list); !placed) {
    return fail(
        transient_fault("escrow.import_unfinished",
                        "everything is on the disk and counts, but it could not all be put "
                        "in place; the next change, or the next start of a program, ends it")
            .with("folder", folder)
            .with("problem", placed.error().describe()));
  }
  return {};
}

Status finish_whole(const std::string& folder) {
  if (::access(folder.c_str(), W_OK) != 0 || !is_left(folder)) {
    return {};
  }
  const auto held = hold_folder(folder, {});
  const bool busy = !held && (held.error().id == "escrow.import_busy" ||
                              held.error().id == "escrow.claim");  // or not ours to write
  return held || busy ? Status() : fail(held.error());
}

}  // namespace phimilter::escrow
