// SPDX-License-Identifier: Apache-2.0
//
// Many files of one folder, written as one: all of them or none, also when the process is killed in
// between. The new contents stand as <name>.new; `.import` names them once they all are on the
// disk, and from then on they count: who opens the folder next puts them in place.
#pragma once

#include <sys/types.h>

#include <span>
#include <string>

#include "base/result.h"

namespace phimilter::escrow {

struct NamedContent {
  std::string name, content;
};

// Durable on return. Transient fault: the disk said no, and nothing counts; or another one is at it
// just now.
Status write_whole(const std::string& folder, std::span<const NamedContent> files, mode_t mode);

// Ends what a killed process left, one way or the other. Nothing is done while another one is at
// it, or where this process may not write.
Status finish_whole(const std::string& folder);

}  // namespace phimilter::escrow
