// SPDX-License-Identifier: Apache-2.0
#include "protect/folder_watch.h"

#include <linux/magic.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace phimilter::protect {
namespace {

constexpr auto kWithoutInotify = std::chrono::seconds(1);
constexpr std::uint32_t kEvents = IN_CLOSE_WRITE | IN_MODIFY | IN_CREATE | IN_DELETE |
                                  IN_MOVED_FROM | IN_MOVED_TO | IN_ATTRIB | IN_MOVE_SELF |
                                  IN_DELETE_SELF | IN_ONLYDIR;
constexpr std::uint32_t kFolderGone = IN_MOVE_SELF | IN_DELETE_SELF | IN_IGNORED | IN_UNMOUNT;
constexpr long kCifs = 0xff534d42;
constexpr long kSmb2 = 0xfe534d42;
constexpr long kFuse = 0x65735546;

// What another host changes there raises no event here.
bool is_remote(const std::string& folder) {
  struct statfs system {};
  if (statfs(folder.c_str(), &system) != 0) {
    return false;
  }
  const auto kind = static_cast<long>(system.f_type);
  return kind == NFS_SUPER_MAGIC || kind == SMB_SUPER_MAGIC || kind == kCifs || kind == kSmb2 ||
         kind == kFuse;
}

}  // namespace

// Which folder stands under the name: links are turned round, and folders renamed into place.
std::pair<std::uint64_t, std::uint64_t> FolderWatch::place() const {
  struct stat folder {};
  return stat(folder_.c_str(), &folder) == 0 ? std::pair(folder.st_dev, folder.st_ino)
                                             : std::pair<std::uint64_t, std::uint64_t>();
}

bool FolderWatch::begin() {
  inotify_.reset();
  watch_ = -1;
  begun_ = true;
  place_ = place();
  if (is_remote(folder_)) {
    return false;
  }
  inotify_ = UniqueFd(inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  watch_ = inotify_ ? inotify_add_watch(inotify_.get(), folder_.c_str(), kEvents) : -1;
  return watch_ >= 0;
}

void FolderWatch::read_events(Changes& changes) {
  alignas(inotify_event) std::array<char, 16384> buffer;
  for (;;) {
    const ssize_t got = read(inotify_.get(), buffer.data(), buffer.size());
    if (got <= 0) {
      if (got < 0 && errno == EINTR) {
        continue;
      }
      return;
    }
    for (std::size_t at = 0; at < static_cast<std::size_t>(got);) {
      inotify_event event{};
      std::memcpy(&event, buffer.data() + at, sizeof(event));
      const char* name = buffer.data() + at + sizeof(event);
      if ((event.mask & (kFolderGone | IN_Q_OVERFLOW)) != 0) {
        changes.any = true;
        begun_ = begun_ && (event.mask & kFolderGone) == 0;
      } else if (event.len > 0) {
        changes.names.emplace(name, strnlen(name, event.len));
      }
      at += sizeof(event) + event.len;
    }
  }
}

FolderWatch::Changes FolderWatch::take() {
  Changes changes;
  begun_ = begun_ && place() == place_;
  if (begun_ && watch_ >= 0) {
    read_events(changes);
  }
  const auto now = std::chrono::steady_clock::now();
  if (!begun_) {
    begin();
    changes.any = true;
  } else if (watch_ < 0 && now - looked_ >= kWithoutInotify) {
    changes.any = true;
  }
  if (changes.any) {
    looked_ = now;
  }
  return changes;
}

}  // namespace phimilter::protect
