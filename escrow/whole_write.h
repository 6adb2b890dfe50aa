// SPDX-License-Identifier: Apache-2.0
//
// Many files of one folder, written as one: all of them or none, also when the process is killed in
// between. The new contents stand as <name>.new; `.import` names them once they all are on the
// disk, and from then on they count: who opens the folder next puts them in place.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <memory>
#include <span>
#include <string>

#include "base/result.h"
#include "escrow/vault.h"

namespace phimilter::escrow {

struct NamedContent {
  std::string name, content;
};

// Nobody else, in this program or another, changes files of the folder while it lives: taken before
// looking at what is to be changed. What a killed import left is ended first, one way or the other.
// Transient fault: "escrow.import_busy", somebody else had it for so long; or the disk said no.
Result<std::unique_ptr<VaultClaim>> hold_folder(const std::string& folder,
                                                std::chrono::milliseconds patience);

// By who holds the folder. Durable on return. Transient fault "escrow.import_unfinished":
// everything counts, and whoever holds or opens the folder next puts the rest in place. Any other
// fault: the disk said no, or there are too many, and nothing counts.
Status write_whole(const std::string& folder, std::span<const NamedContent> files, mode_t mode);

// At opening: ends what a killed process left. Nothing is done while another one is at it, or where
// this process may not write.
Status finish_whole(const std::string& folder);

}  // namespace phimilter::escrow
