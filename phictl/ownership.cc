// SPDX-License-Identifier: Apache-2.0
#include "phictl/ownership.h"

#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>

namespace phimilter::phictl {
namespace {

User user_of(const passwd& entry) {
  User user{entry.pw_name, entry.pw_uid, std::vector<gid_t>(256)};
  int count = static_cast<int>(user.groups.size());
  if (getgrouplist(entry.pw_name, entry.pw_gid, user.groups.data(), &count) < 0) {
    user.groups.resize(static_cast<std::size_t>(std::max(count, 1)));
    getgrouplist(entry.pw_name, entry.pw_gid, user.groups.data(), &count);
  }
  user.groups.resize(static_cast<std::size_t>(std::max(count, 0)));
  return user;
}

mode_t bits_for(const User& user, const struct stat& status) {
  if (user.uid == status.st_uid) {
    return (status.st_mode >> 6) & 07;
  }
  const bool in_group =
      std::find(user.groups.begin(), user.groups.end(), status.st_gid) != user.groups.end();
  return in_group ? (status.st_mode >> 3) & 07 : status.st_mode & 07;
}

bool has_bits(const User& user, const std::string& path, mode_t wanted) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && (bits_for(user, status) & wanted) == wanted;
}

bool may_enter_folders_above(const User& user, const std::string& path) {
  for (std::size_t slash = path.find('/', 1); slash != std::string::npos;
       slash = path.find('/', slash + 1)) {
    if (!has_bits(user, path.substr(0, slash), 01)) {
      return false;
    }
  }
  return true;
}

}  // namespace

Status become_owner_of(const std::string& folder) {
  struct stat status {};
  if (::stat(folder.c_str(), &status) != 0) {
    Fault fault = errno_fault(
        "phictl.folder", "the folder " + folder + " cannot be looked at; `phictl check` says more");
    fault.kind = FaultKind::configuration;
    return fail(std::move(fault));
  }
  if (geteuid() != 0 || status.st_uid == 0) {
    return {};
  }
  const passwd* entry = getpwuid(status.st_uid);
  const gid_t group = entry != nullptr ? entry->pw_gid : status.st_gid;
  const int groups_set =
      entry != nullptr ? initgroups(entry->pw_name, group) : setgroups(0, nullptr);
  if (groups_set != 0 || setresgid(group, group, group) != 0 ||
      setresuid(status.st_uid, status.st_uid, status.st_uid) != 0) {
    return fail(errno_fault("phictl.owner", "cannot become the owner of " + folder));
  }
  require(geteuid() == status.st_uid && setuid(0) != 0, "privileges are dropped for good");
  return {};
}

std::optional<User> find_user(const std::string& name_or_uid) {
  const bool number = !name_or_uid.empty() && name_or_uid.size() < 10 &&
                      std::all_of(name_or_uid.begin(), name_or_uid.end(),
                                  [](char c) { return c >= '0' && c <= '9'; });
  const passwd* entry = number ? getpwuid(static_cast<uid_t>(std::stoul(name_or_uid)))
                               : getpwnam(name_or_uid.c_str());
  if (entry != nullptr) {
    return user_of(*entry);
  }
  if (number) {
    const auto uid = static_cast<uid_t>(std::stoul(name_or_uid));
    return User{name_or_uid, uid, {static_cast<gid_t>(uid)}, false};
  }
  return std::nullopt;
}

User this_user() {
  if (const passwd* entry = getpwuid(geteuid()); entry != nullptr) {
    return user_of(*entry);
  }
  return User{std::to_string(geteuid()), geteuid(), {getegid()}};
}

std::string this_person() {
  // What the kernel noted at the login stays through sudo and su, and only root can change it.
  std::ifstream file("/proc/self/loginuid");
  std::string login_uid;
  if (file >> login_uid && login_uid != "4294967295" && login_uid != "0") {
    if (const auto user = find_user(login_uid)) {
      return user->name;
    }
  }
  const char* behind_sudo = std::getenv("SUDO_USER");
  return behind_sudo != nullptr && *behind_sudo != '\0' ? behind_sudo : this_user().name;
}

bool may(const User& user, const std::string& path, Access access) {
  if (user.uid == 0) {
    return ::access(path.c_str(), F_OK) == 0;
  }
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0 || !may_enter_folders_above(user, path)) {
    return false;
  }
  const mode_t enter = S_ISDIR(status.st_mode) ? 01 : 00;
  return has_bits(user, path, (access == Access::write ? 02 : 04) | enter);
}

}  // namespace phimilter::phictl
