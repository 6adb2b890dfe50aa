// SPDX-License-Identifier: Apache-2.0
//
// Tells which files of a folder may have changed, for the price of a stat() and a read() a
// question: inotify where it works, else the answer "any" once a second.
#pragma once

#include <chrono>
#include <cstdint>
#include <set>
#include <string>
#include <utility>

#include "base/files.h"

namespace phimilter::protect {

class FolderWatch {
 public:
  struct Changes {
    bool any = false;  // look at all of them
    std::set<std::string> names;
    bool none() const { return !any && names.empty(); }
  };

  explicit FolderWatch(std::string folder) : folder_(std::move(folder)) {}
  // Since the last call; the first one says `any`. Not thread-safe.
  Changes take();
  // The next take() says `any`: what was read last cannot be relied upon.
  void forget() { begun_ = false; }

 private:
  std::pair<std::uint64_t, std::uint64_t> place() const;
  bool begin();
  void read_events(Changes& changes);

  std::string folder_;
  UniqueFd inotify_;
  int watch_ = -1;
  bool begun_ = false;
  std::pair<std::uint64_t, std::uint64_t> place_{};  // device and inode
  std::chrono::steady_clock::time_point looked_{};
};

}  // namespace phimilter::protect
