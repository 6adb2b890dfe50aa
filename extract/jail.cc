// SPDX-License-Identifier: Apache-2.0
#include "extract/jail.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <ctime>
#include <memory>
#include <string>

#include "base/limits.h"
#include "extract/frames.h"
#include "extract/landlock.h"

namespace phimilter::extract {
namespace {

Status forbid_privileges() {
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
    return fail(wall_fault("no_new_privs", errno));
  }
  if (::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) {
    return fail(wall_fault("dumpable", errno));
  }
  return {};
}

// The sockets come to 3 and 4, in whatever order they came.
Status keep_sockets(int filter, int tools) {
  const int safe = ::fcntl(tools, F_DUPFD, kToolSocket + 1);
  if (safe < 0 || ::dup2(filter, kWorkerSocket) < 0 || ::dup2(safe, kToolSocket) < 0) {
    return fail(wall_fault("socket", errno));
  }
  if (::syscall(SYS_close_range, 0U, static_cast<unsigned>(kWorkerSocket - 1), 0U) != 0 ||
      ::syscall(SYS_close_range, static_cast<unsigned>(kToolSocket + 1), ~0U, 0U) != 0) {
    return fail(wall_fault("close_range", errno));
  }
  return {};
}

Status limit_one(decltype(RLIMIT_AS) what, rlim_t soft, rlim_t hard, const char* name) {
  const rlimit limit{soft, hard};
  if (::setrlimit(what, &limit) != 0) {
    return fail(wall_fault(name, errno));
  }
  return {};
}

Status limit_resources() {
  struct Line {
    decltype(RLIMIT_AS) what;
    rlim_t soft;
    rlim_t hard;
    const char* name;
  };
  constexpr rlim_t kCpu = limits::kExtractCpuS;
  const Line lines[] = {
#ifndef PHIMILTER_SANITIZED
      {RLIMIT_AS, limits::kWorkerMemory, limits::kWorkerMemory, "RLIMIT_AS"},
#endif
      {RLIMIT_CPU, kCpu, kCpu * limits::kWorkerMessages, "RLIMIT_CPU"},
      {RLIMIT_FSIZE, 0, 0, "RLIMIT_FSIZE"},
      {RLIMIT_NPROC, 0, 0, "RLIMIT_NPROC"},
      {RLIMIT_NOFILE, kToolSocket + 1, kToolSocket + 1, "RLIMIT_NOFILE"},
      {RLIMIT_CORE, 0, 0, "RLIMIT_CORE"},
  };
  for (const auto& line : lines) {
    if (auto limited = limit_one(line.what, line.soft, line.hard, line.name); !limited) {
      return limited;
    }
  }
  return {};
}

using Filter = std::unique_ptr<void, decltype(&seccomp_release)>;

int allow_always(scmp_filter_ctx filter) {
  const int calls[] = {
      SCMP_SYS(sendto),       SCMP_SYS(recvfrom),      SCMP_SYS(munmap),
      SCMP_SYS(mremap),       SCMP_SYS(madvise),       SCMP_SYS(brk),
      SCMP_SYS(futex),        SCMP_SYS(clock_gettime), SCMP_SYS(gettimeofday),
      SCMP_SYS(getrandom),    SCMP_SYS(rt_sigreturn),  SCMP_SYS(rt_sigprocmask),
      SCMP_SYS(rt_sigaction), SCMP_SYS(sigaltstack),   SCMP_SYS(getpid),
      SCMP_SYS(gettid),       SCMP_SYS(sched_yield),   SCMP_SYS(restart_syscall),
      SCMP_SYS(exit),         SCMP_SYS(exit_group),    SCMP_SYS(getrusage),
#ifdef PHIMILTER_SANITIZED
      SCMP_SYS(write),  // the report goes to a closed standard error
#endif
  };
  for (const int call : calls) {
    if (const int error = seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 0); error != 0) {
      return error;
    }
  }
  return 0;
}

// Memory, but never code; the own CPU limit, but nobody else's; a signal, but to itself.
int allow_with_conditions(scmp_filter_ctx filter) {
  const auto no_code = SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0);
  const auto self = static_cast<scmp_datum_t>(::getpid());
  int error = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 2, no_code,
                               SCMP_A3(SCMP_CMP_MASKED_EQ, MAP_ANONYMOUS, MAP_ANONYMOUS));
  if (error == 0) {
    error = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1, no_code);
  }
  if (error == 0) {
    error = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(prlimit64), 2,
                             SCMP_A0(SCMP_CMP_EQ, 0), SCMP_A1(SCMP_CMP_EQ, RLIMIT_CPU));
  }
  if (error == 0) {
    error =
        seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1, SCMP_A0(SCMP_CMP_EQ, self));
  }
  return error;
}

Status filter_system_calls() {
  const Filter filter(seccomp_init(SCMP_ACT_KILL_PROCESS), &seccomp_release);
  if (!filter) {
    return fail(wall_fault("seccomp", ENOSYS));
  }
  int error = seccomp_attr_set(filter.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
  if (error == 0) {
    error = allow_always(filter.get());
  }
  if (error == 0) {
    error = allow_with_conditions(filter.get());
  }
  if (error == 0) {
    error = seccomp_load(filter.get());
  }
  if (error != 0) {
    return fail(wall_fault("seccomp", -error));
  }
  return {};
}

}  // namespace

Result<JailReport> enter_jail(int socket, int tools) {
  // The socket comes first: whatever fails behind it can still be said over it.
  if (auto status = keep_sockets(socket, tools); !status) {
    return fail(status);
  }
  if (auto status = forbid_privileges(); !status) {
    return fail(status);
  }
  auto abi = restrict_files({});
  if (!abi) {
    return fail(abi);
  }
  if (auto status = limit_resources(); !status) {
    return fail(status);
  }
  if (auto status = filter_system_calls(); !status) {
    return fail(status);
  }
  return JailReport{*abi};
}

void grant_cpu_for_one_message() {
  timespec used{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  constexpr rlim_t kHard = static_cast<rlim_t>(limits::kExtractCpuS) * limits::kWorkerMessages;
  const rlim_t soft = static_cast<rlim_t>(used.tv_sec) + 1 + limits::kExtractCpuS;
  const rlimit limit{soft < kHard ? soft : kHard, kHard};
  ::setrlimit(RLIMIT_CPU, &limit);
}

}  // namespace phimilter::extract
