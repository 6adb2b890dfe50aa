// SPDX-License-Identifier: Apache-2.0
#include "extract/zygote_process.h"

#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "base/limits.h"
#include "extract/answer.h"
#include "extract/fd_passing.h"

namespace phimilter::extract {
namespace {

constexpr int kControlSocket = 3;
constexpr std::size_t kRefusalBytes = 4096;

struct SocketPair {
  UniqueFd ours;
  UniqueFd theirs;
};

Result<SocketPair> make_socket_pair(int type) {
  int fds[2] = {-1, -1};
  if (::socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, fds) != 0) {
    return fail(errno_fault("extract.socket", "cannot make a socket pair for extraction"));
  }
  return SocketPair{UniqueFd(fds[0]), UniqueFd(fds[1])};
}

class SpawnPlan {
 public:
  explicit SpawnPlan(int control) {
    ::posix_spawn_file_actions_init(&actions_);
    ::posix_spawn_file_actions_adddup2(&actions_, control, kControlSocket);
    ::posix_spawnattr_init(&attributes_);
    ::posix_spawnattr_setpgroup(&attributes_, 0);
    sigset_t signals;
    ::sigemptyset(&signals);
    ::posix_spawnattr_setsigmask(&attributes_, &signals);
    ::sigfillset(&signals);
    ::posix_spawnattr_setsigdefault(&attributes_, &signals);
    ::posix_spawnattr_setflags(
        &attributes_, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;
  ~SpawnPlan() {
    ::posix_spawn_file_actions_destroy(&actions_);
    ::posix_spawnattr_destroy(&attributes_);
  }

  int spawn(const std::string& program, const std::vector<std::string>& arguments, pid_t& pid) {
    std::vector<char*> words{const_cast<char*>(program.c_str())};
    for (const auto& argument : arguments) {
      words.push_back(const_cast<char*>(argument.c_str()));
    }
    words.push_back(nullptr);
    // No environment: nothing of the filter's (proxies, library paths, locale) reaches the parsers.
    char* environment[] = {nullptr};
    return ::posix_spawn(&pid, program.c_str(), &actions_, &attributes_, words.data(), environment);
  }

 private:
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

Fault gone_fault() {
  return transient_fault("extract.zygote", "the extraction program does not answer");
}

bool readable_until(int socket, Deadline deadline) {
  while (true) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    pollfd entry{socket, POLLIN, 0};
    const int ready = ::poll(&entry, 1, left.count() > 0 ? static_cast<int>(left.count()) : 0);
    if (ready >= 0 || errno != EINTR) {
      return ready > 0;
    }
  }
}

Fault jail_refused(const std::string& why) {
  return configuration_fault("extract.jail",
                             "extraction workers cannot be jailed here, and none runs outside a "
                             "jail: allow `seccomp`, "
                             "`landlock_create_ruleset` and `landlock_restrict_self` in the unit's "
                             "SystemCallFilter, and use a "
                             "kernel with seccomp filters")
      .with("worker", why);
}

}  // namespace

Worker::~Worker() {
  if (process) {
    ::syscall(SYS_pidfd_send_signal, process.get(), SIGKILL, nullptr, 0U);
  }
}

bool Worker::is_idle() const {
  pollfd entry{socket.get(), POLLIN, 0};
  return ::poll(&entry, 1, 0) == 0;
}

Result<std::unique_ptr<ZygoteProcess>> ZygoteProcess::start(
    const std::string& program, const std::vector<std::string>& arguments) {
  auto pair = make_socket_pair(SOCK_SEQPACKET);
  if (!pair) {
    return fail(pair);
  }
  pid_t pid = -1;
  const int error = SpawnPlan(pair->theirs.get()).spawn(program, arguments, pid);
  if (error != 0) {
    return fail(configuration_fault("extract.program", "cannot start the extraction program")
                    .with("path", program)
                    .with("error", std::strerror(error)));
  }
  return std::unique_ptr<ZygoteProcess>(new ZygoteProcess(pid, std::move(pair->ours)));
}

ZygoteProcess::~ZygoteProcess() {
  // Until it is waited for, the pid and with it the group's number cannot be anybody else's.
  ::kill(-pid_, SIGKILL);
  ::kill(pid_, SIGKILL);
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

Result<Worker> ZygoteProcess::ask_for_worker(Deadline deadline) {
  auto pair = make_socket_pair(SOCK_STREAM);
  if (!pair) {
    return fail(pair);
  }
  const std::lock_guard lock(mutex_);
  if (!control_ || !send_note(control_.get(), kWantWorker, pair->theirs.get())) {
    return fail(gone_fault());
  }
  std::optional<Note> answer;
  if (readable_until(control_.get(), deadline)) {
    answer = receive_note(control_.get());
  }
  if (!answer || answer->byte != kHaveWorker || !answer->fd) {
    control_.reset();  // a late answer would be taken for the next question's
    return fail(gone_fault());
  }
  Worker worker;
  worker.socket = std::move(pair->ours);
  worker.process = std::move(answer->fd);
  return worker;
}

Result<Worker> ZygoteProcess::new_worker(Deadline deadline) {
  auto worker = ask_for_worker(deadline);
  if (!worker) {
    return worker;
  }
  auto frame = receive_frame(worker->socket.get(), kRefusalBytes, deadline);
  if (!frame) {
    return fail(jail_refused("it ended before it was ready"));
  }
  if (frame->type == FrameType::refused) {
    return fail(jail_refused(frame->bytes));
  }
  const auto abi = decode_number(frame->bytes);
  if (frame->type != FrameType::ready || !abi) {
    return fail(jail_refused("it does not say that it is ready"));
  }
  worker->landlock_abi = static_cast<int>(*abi);
  return worker;
}

}  // namespace phimilter::extract
