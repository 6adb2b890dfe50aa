// SPDX-License-Identifier: Apache-2.0
#include "audit/journal_disk.h"

#include <unistd.h>

#include "base/files.h"

namespace phimilter::audit {

Status JournalDisk::write(int fd, std::string_view bytes, const std::string& path) {
  auto written = write_all(fd, bytes, path);
  if (!written) {
    written.error().id = "audit.journal_write";
  }
  return written;
}

Status JournalDisk::sync(int fd, const std::string& path) {
  if (fdatasync(fd) != 0) {
    return fail(errno_fault("audit.journal_sync", "cannot sync the journal").with("path", path));
  }
  return {};
}

Status JournalDisk::truncate(int fd, std::uint64_t size, const std::string& path) {
  if (ftruncate(fd, static_cast<off_t>(size)) != 0 || fsync(fd) != 0) {
    return fail(errno_fault("audit.journal_truncate", "cannot cut off what was not written whole")
                    .with("path", path));
  }
  return {};
}

}  // namespace phimilter::audit
