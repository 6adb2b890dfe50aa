// SPDX-License-Identifier: Apache-2.0
#include "audit/journal_lock.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace phimilter::audit {

namespace {

std::string lock_path(const std::string& folder) {
  return folder + "/lock";
}

struct flock whole_file(short type) {
  struct flock lock {};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  return lock;
}

}  // namespace

Result<UniqueFd> lock_journal(const std::string& folder) {
  UniqueFd fd(open(lock_path(folder).c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640));
  if (!fd) {
    Fault fault = errno_fault("audit.journal_open", "cannot write into the journal's folder")
                      .with("path", folder);
    fault.kind = FaultKind::configuration;
    return fail(std::move(fault));
  }
  struct flock whole = whole_file(F_WRLCK);
  if (fcntl(fd.get(), F_OFD_SETLK, &whole) != 0) {
    return fail(configuration_fault("audit.journal_locked", "another program writes this journal")
                    .with("path", folder));
  }
  return fd;
}

bool is_locked(const std::string& folder) {
  const UniqueFd fd(open(lock_path(folder).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  struct flock whole = whole_file(F_RDLCK);
  return fd && fcntl(fd.get(), F_OFD_GETLK, &whole) == 0 && whole.l_type != F_UNLCK;
}

}  // namespace phimilter::audit
