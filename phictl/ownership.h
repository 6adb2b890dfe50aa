// SPDX-License-Identifier: Apache-2.0
//
// Whose files phictl writes. Started by root it works in folders of other users; what it leaves
// there must belong to them, or the service cannot read its own keyring any more.
#pragma once

#include <sys/stat.h>
#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace phimilter::phictl {

// From here on this process is the owner of `folder`, groups included, and cannot go back. Nothing
// happens unless the process is root and the owner is not. Read first what only root may read.
// Configuration fault: no such folder.
Status become_owner_of(const std::string& folder);

struct User {
  std::string name;
  uid_t uid = 0;
  std::vector<gid_t> groups;  // all of them, the primary one too
  bool has_entry = true;      // false: a number alone, whose groups nobody knows
};

std::optional<User> find_user(const std::string& name_or_uid);
User this_user();
// Who to write down: who logged in, else who is behind sudo, else the user. To be asked before
// become_owner_of(), behind which that user is the service's.
std::string this_person();

enum class Access { read, write };

// By owner, groups and mode bits, for the path and every folder above it; root may do everything.
bool may(const User& user, const std::string& path, Access access);

}  // namespace phimilter::phictl
