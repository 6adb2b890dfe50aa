// SPDX-License-Identifier: Apache-2.0
//
// One byte and at most one descriptor over a SOCK_SEQPACKET socket (SCM_RIGHTS): how the filter
// asks the zygote for a worker ('w' and the worker's socket) and how the zygote answers ('y' and
// the worker's pidfd, or 'n').
#pragma once

#include <optional>

#include "base/files.h"

namespace phimilter::extract {

inline constexpr char kWantWorker = 'w';
inline constexpr char kHaveWorker = 'y';
inline constexpr char kNoWorker = 'n';

struct Note {
  char byte = 0;
  UniqueFd fd;  // may be none; close-on-exec
};

bool send_note(int socket, char byte, int fd = -1);  // fd -1: none
// None: the other side is gone, or what came is not such a note.
std::optional<Note> receive_note(int socket);

}  // namespace phimilter::extract
