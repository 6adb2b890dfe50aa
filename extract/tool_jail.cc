// SPDX-License-Identifier: Apache-2.0
#include "extract/tool_jail.h"

#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <cerrno>
#include <memory>

#include "base/limits.h"
#include "extract/landlock.h"

namespace phimilter::extract {
namespace {

[[maybe_unused]] constexpr rlim_t kToolMemory = 512 * limits::kMiB;

Status limit_resources(std::int64_t cpu_seconds) {
  struct Line {
    decltype(RLIMIT_AS) what;
    rlim_t limit;
    const char* name;
  };
  const Line lines[] = {
#ifndef PHIMILTER_SANITIZED
      {RLIMIT_AS, kToolMemory, "RLIMIT_AS"},
#endif
      {RLIMIT_CPU, static_cast<rlim_t>(cpu_seconds), "RLIMIT_CPU"},
      {RLIMIT_FSIZE, 0, "RLIMIT_FSIZE"},
      {RLIMIT_NPROC, 0, "RLIMIT_NPROC"},
      {RLIMIT_NOFILE, 32, "RLIMIT_NOFILE"},
      {RLIMIT_CORE, 0, "RLIMIT_CORE"},
  };
  for (const auto& line : lines) {
    const rlimit limit{line.limit, line.limit};
    if (::setrlimit(line.what, &limit) != 0) {
      return fail(wall_fault(line.name, errno));
    }
  }
  return {};
}

// What a dynamically linked program needs to start, read and write. No sockets, no processes, no
// changing of files.
int allow_calls(scmp_filter_ctx filter) {
  const int calls[] = {
      SCMP_SYS(execve),
      SCMP_SYS(mmap),
      SCMP_SYS(munmap),
      SCMP_SYS(mprotect),
      SCMP_SYS(mremap),
      SCMP_SYS(madvise),
      SCMP_SYS(brk),
      SCMP_SYS(open),
      SCMP_SYS(openat),
      SCMP_SYS(close),
      SCMP_SYS(read),
      SCMP_SYS(readv),
      SCMP_SYS(pread64),
      SCMP_SYS(write),
      SCMP_SYS(writev),
      SCMP_SYS(lseek),
      SCMP_SYS(fstat),
      SCMP_SYS(stat),
      SCMP_SYS(lstat),
      SCMP_SYS(newfstatat),
      SCMP_SYS(statx),
      SCMP_SYS(access),
      SCMP_SYS(faccessat),
      SCMP_SYS(faccessat2),
      SCMP_SYS(readlink),
      SCMP_SYS(getdents64),
      SCMP_SYS(fcntl),
      SCMP_SYS(ioctl),
      SCMP_SYS(arch_prctl),
      SCMP_SYS(rseq),
      SCMP_SYS(set_robust_list),
      SCMP_SYS(set_tid_address),
      SCMP_SYS(prlimit64),
      SCMP_SYS(futex),
      SCMP_SYS(getrandom),
      SCMP_SYS(clock_gettime),
      SCMP_SYS(gettimeofday),
      SCMP_SYS(uname),
      SCMP_SYS(sysinfo),
      SCMP_SYS(getpid),
      SCMP_SYS(gettid),
      SCMP_SYS(getuid),
      SCMP_SYS(geteuid),
      SCMP_SYS(getgid),
      SCMP_SYS(getegid),
      SCMP_SYS(rt_sigaction),
      SCMP_SYS(rt_sigprocmask),
      SCMP_SYS(rt_sigreturn),
      SCMP_SYS(sched_getaffinity),
      SCMP_SYS(exit),
      SCMP_SYS(exit_group),
  };
  for (const int call : calls) {
    if (const int error = seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 0); error != 0) {
      return error;
    }
  }
  return 0;
}

Status filter_system_calls() {
  const std::unique_ptr<void, decltype(&seccomp_release)> filter(
      seccomp_init(SCMP_ACT_KILL_PROCESS), &seccomp_release);
  if (!filter) {
    return fail(wall_fault("seccomp", ENOSYS));
  }
  int error = allow_calls(filter.get());
  if (error == 0) {
    error = seccomp_load(filter.get());
  }
  return error == 0 ? Status{} : fail(wall_fault("seccomp", -error));
}

}  // namespace

Status enter_tool_jail(const ToolRights& rights) {
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
    return fail(wall_fault("no_new_privs", errno));
  }
  std::vector<std::string> readable{"/usr/lib",         "/lib",           "/lib64",
                                    "/etc/ld.so.cache", "/etc/localtime", "/usr/share/zoneinfo"};
  readable.insert(readable.end(), rights.readable.begin(), rights.readable.end());
  const auto abi = restrict_files(readable);
  if (!abi) {
    return fail(abi.error());
  }
  if (*abi == 0) {
    return fail(wall_fault("landlock", ENOSYS));
  }
  if (auto status = limit_resources(rights.cpu_seconds); !status) {
    return status;
  }
  return filter_system_calls();
}

}  // namespace phimilter::extract
