// SPDX-License-Identifier: Apache-2.0
#include "protect/gpg_agent.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <array>
#include <cerrno>

#include "base/files.h"
#include "protect/gpg_frames.h"

extern char** environ;

namespace phimilter::protect {
namespace {

bool answers(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) {
    return false;
  }
  path.copy(address.sun_path, path.size());
  const UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  return fd &&
         ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
}

// Returns when it listens: the process that is started leaves another one behind and ends. That
// one must not hold the broker's socket.
int start(std::string home) {
  std::string name = "gpg-agent";
  std::array<std::string, 5> options = {"--homedir", std::move(home), "--no-detach", "--quiet",
                                        "--daemon"};
  std::array<char*, 7> arguments = {name.data(),
                                    options[0].data(),
                                    options[1].data(),
                                    options[2].data(),
                                    options[3].data(),
                                    options[4].data(),
                                    nullptr};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  pid_t pid = 0;
  const bool ready = posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0) == 0 &&
                     posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0) == 0 &&
                     posix_spawn_file_actions_addclosefrom_np(&actions, kBrokerSocket) == 0;
  const int error =
      ready ? posix_spawnp(&pid, name.c_str(), &actions, nullptr, arguments.data(), environ)
            : ENOMEM;
  posix_spawn_file_actions_destroy(&actions);
  int status = 0;
  while (error == 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return error;
}

}  // namespace

Status ensure_agent(const std::string& home) {
  const std::string socket = home + "/S.gpg-agent";
  if (answers(socket)) {
    return {};
  }
  const int error = start(home);
  if (error == 0 && answers(socket)) {
    return {};
  }
  errno = error;
  return fail(error != 0 ? errno_fault("pgp.sign", "gpg-agent cannot be started")
                         : transient_fault("pgp.sign", "gpg-agent does not answer"));
}

}  // namespace phimilter::protect
