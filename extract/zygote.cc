// SPDX-License-Identifier: Apache-2.0
#include "extract/zygote.h"

#include <linux/close_range.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <string>

#include "extract/fd_passing.h"
#include "extract/frames.h"
#include "extract/tool_runner.h"
#include "extract/worker.h"

namespace phimilter::extract {
namespace {

constexpr int kControlSocket = 3;

// A worker without a zygote is nobody's: it goes when the zygote goes, also when that one was
// killed.
void die_with(pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  if (::getppid() != parent) {
    ::_exit(1);
  }
}

// The runner comes first: a worker never waits for one that could not be forked.
UniqueFd fork_tool_runner(const OcrOptions& ocr) {
  int ends[2] = {-1, -1};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
    return UniqueFd();
  }
  UniqueFd workers_end(ends[0]);
  const UniqueFd runners_end(ends[1]);
  const pid_t zygote = ::getpid();
  const pid_t child = ::fork();
  if (child == 0) {
    die_with(zygote);
    // Of the worker's end and the control socket it must hold no copy, or it would never see them
    // close.
    ::dup2(runners_end.get(), kWorkerSocket);
    ::syscall(SYS_close_range, static_cast<unsigned>(kWorkerSocket + 1), ~0U, 0U);
    run_tool_runner(kWorkerSocket, ocr);
    ::_exit(0);
  }
  if (child < 0) {
    workers_end.reset();
  }
  return workers_end;
}

UniqueFd fork_worker(UniqueFd socket, MessageReader reader, const OcrOptions& ocr) {
  const UniqueFd tools = fork_tool_runner(ocr);
  const pid_t zygote = ::getpid();
  const pid_t child = tools ? ::fork() : -1;
  if (child < 0) {
    return UniqueFd();
  }
  if (child == 0) {
    die_with(zygote);
    ::_exit(run_worker(socket.get(), tools.get(), reader));
  }
  // Not reaped before the next request, so the pid is still this child's, dead or alive.
  return UniqueFd(static_cast<int>(::syscall(SYS_pidfd_open, child, 0U)));
}

void reap_ended_workers() {
  while (::waitpid(-1, nullptr, WNOHANG) > 0) {
  }
}

}  // namespace

int run_zygote(MessageReader reader, const OcrOptions& ocr) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  ::syscall(SYS_close_range, static_cast<unsigned>(kControlSocket + 1), ~0U, 0U);
  while (auto request = receive_note(kControlSocket)) {
    reap_ended_workers();
    if (request->byte != kWantWorker || !request->fd) {
      return 1;
    }
    const UniqueFd worker = fork_worker(std::move(request->fd), reader, ocr);
    if (!send_note(kControlSocket, worker ? kHaveWorker : kNoWorker, worker.get())) {
      return 0;
    }
  }
  return 0;
}

}  // namespace phimilter::extract
