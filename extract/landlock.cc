// SPDX-License-Identifier: Apache-2.0
#include "extract/landlock.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>

#include "base/files.h"

namespace phimilter::extract {
namespace {

// struct landlock_ruleset_attr as of ABI 6; the headers of Debian 12 know less of it than newer
// kernels do.
struct RulesetAttributes {
  std::uint64_t handled_access_fs;
  std::uint64_t handled_access_net;
  std::uint64_t scoped;
};

// Everything that the kernel's ABI can handle is handled, and no rule is added: nothing is allowed.
RulesetAttributes handle_all_of(int abi) {
  int file_rights = 13;             // ABI 1: LANDLOCK_ACCESS_FS_EXECUTE .. MAKE_SYM
  file_rights += abi >= 2 ? 1 : 0;  // REFER
  file_rights += abi >= 3 ? 1 : 0;  // TRUNCATE
  file_rights += abi >= 5 ? 1 : 0;  // IOCTL_DEV
  RulesetAttributes attributes{};
  attributes.handled_access_fs = (std::uint64_t{1} << file_rights) - 1;
  attributes.handled_access_net = abi >= 4 ? 3 : 0;  // BIND_TCP, CONNECT_TCP
  attributes.scoped = abi >= 6 ? 3 : 0;              // ABSTRACT_UNIX_SOCKET, SIGNAL
  return attributes;
}

std::size_t size_of_attributes(int abi) {
  return sizeof(std::uint64_t) * (abi >= 6 ? 3 : abi >= 4 ? 2 : 1);
}

constexpr long kLandlockCreateRuleset = 444;  // the numbers are the same on every architecture
constexpr long kLandlockRestrictSelf = 446;
constexpr unsigned kLandlockVersion = 1;

constexpr long kLandlockAddRule = 445;
constexpr unsigned kPathBeneath = 1;
constexpr std::uint64_t kExecute = 1U << 0;
constexpr std::uint64_t kReadFile = 1U << 2;
constexpr std::uint64_t kReadFolder = 1U << 3;

struct [[gnu::packed]] PathRule {
  std::uint64_t allowed_access;
  std::int32_t parent;
};

Status allow_reading(int ruleset, const std::string& path) {
  const UniqueFd parent(::open(path.c_str(), O_PATH | O_CLOEXEC));
  struct stat status {};
  if (!parent) {
    return errno == ENOENT ? Status{} : fail(wall_fault("landlock path", errno));
  }
  ::fstat(parent.get(), &status);
  const std::uint64_t folder = S_ISDIR(status.st_mode) ? kReadFolder : 0;
  const PathRule rule{kExecute | kReadFile | folder, parent.get()};
  if (::syscall(kLandlockAddRule, ruleset, kPathBeneath, &rule, 0U) != 0) {
    return fail(wall_fault("landlock rule", errno));
  }
  return {};
}

}  // namespace

Fault wall_fault(const char* wall, int error) {
  return configuration_fault("extract.jail", "the extraction worker cannot jail itself")
      .with("wall", wall)
      .with("error", std::strerror(error));
}

Result<int> restrict_files(const std::vector<std::string>& readable) {
  const long abi = ::syscall(kLandlockCreateRuleset, nullptr, std::size_t{0}, kLandlockVersion);
  if (abi < 0 && (errno == ENOSYS || errno == EOPNOTSUPP)) {
    return 0;
  }
  if (abi < 1) {
    return fail(wall_fault("landlock version", errno));
  }
  const RulesetAttributes attributes = handle_all_of(static_cast<int>(abi));
  const UniqueFd ruleset(static_cast<int>(::syscall(
      kLandlockCreateRuleset, &attributes, size_of_attributes(static_cast<int>(abi)), 0U)));
  if (!ruleset) {
    return fail(wall_fault("landlock ruleset", errno));
  }
  for (const auto& path : readable) {
    if (auto allowed = allow_reading(ruleset.get(), path); !allowed) {
      return fail(allowed);
    }
  }
  if (::syscall(kLandlockRestrictSelf, ruleset.get(), 0U) != 0) {
    return fail(wall_fault("landlock restrict", errno));
  }
  return static_cast<int>(abi);
}

}  // namespace phimilter::extract
