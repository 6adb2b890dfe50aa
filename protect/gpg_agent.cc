// SPDX-License-Identifier: Apache-2.0
//
// As systemd would start it, with a socket that listens already: so it is a child of the broker and
// dies with it, which one that makes itself a daemon does not.
#include "protect/gpg_agent.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

namespace phimilter::protect {
namespace {

constexpr int kFirstListening = 3;  // sd_listen_fds(3)
constexpr int kBacklog = 8;

Fault agent_fault(std::string text) {
  return errno_fault("pgp.sign", std::move(text));
}

bool make_address(const std::string& path, sockaddr_un& address) {
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) {
    errno = ENAMETOOLONG;
    return false;
  }
  path.copy(address.sun_path, path.size());
  return true;
}

bool answers(const std::string& path) {
  sockaddr_un address{};
  const UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  return fd && make_address(path, address) &&
         ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
}

UniqueFd listen_at(const std::string& path) {
  sockaddr_un address{};
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  ::unlink(path.c_str());
  const bool listens =
      fd && make_address(path, address) &&
      ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0 &&
      ::listen(fd.get(), kBacklog) == 0;
  return listens ? std::move(fd) : UniqueFd();
}

// Between fork and exec. Nothing of the broker's stays open: its socket least of all.
[[noreturn]] void become_agent(int listening, const std::string& home, pid_t broker) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  const int nowhere = ::open("/dev/null", O_RDWR);
  if (getppid() != broker || dup2(nowhere, 1) < 0 || dup2(nowhere, 2) < 0 ||
      dup2(listening, kFirstListening) < 0 || close_range(kFirstListening + 1, ~0U, 0) != 0 ||
      setenv("LISTEN_FDS", "1", 1) != 0 ||
      setenv("LISTEN_PID", std::to_string(getpid()).c_str(), 1) != 0) {
    _exit(1);
  }
  execlp("gpg-agent", "gpg-agent", "--homedir", home.c_str(), "--quiet", "--supervised", nullptr);
  _exit(1);
}

}  // namespace

SigningAgent::~SigningAgent() {
  end();
}

void SigningAgent::end() {
  if (pid_ > 0) {
    kill(pid_, SIGKILL);
    while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
    pid_ = 0;
  }
}

Status SigningAgent::ensure(const std::string& home) {
  const std::string path = home + "/S.gpg-agent";
  if (pid_ > 0 && answers(path)) {
    return {};
  }
  end();
  const UniqueFd listening = listen_at(path);
  if (!listening) {
    return fail(agent_fault("there can be no socket for gpg-agent"));
  }
  const pid_t broker = getpid();
  // Not fork(): its handlers put gpg's limit on CPU time on what they start.
  const pid_t pid = _Fork();
  if (pid == 0) {
    become_agent(listening.get(), home, broker);
  }
  if (pid < 0) {
    return fail(agent_fault("gpg-agent cannot be started"));
  }
  pid_ = pid;
  return {};
}

}  // namespace phimilter::protect
