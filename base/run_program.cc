// SPDX-License-Identifier: Apache-2.0
#include "base/run_program.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>

#include "base/files.h"

namespace phimilter {
namespace {

using SteadyTime = std::chrono::steady_clock::time_point;

struct Pipe {
  UniqueFd read, write;
};

Result<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    return fail(errno_fault("program.pipe", "cannot make a pipe"));
  }
  return Pipe{UniqueFd(ends[0]), UniqueFd(ends[1])};
}

// What posix_spawn is to do, with an owner.
class SpawnPlan {
 public:
  SpawnPlan(int output, int complaint) {
    ::posix_spawn_file_actions_init(&actions_);
    ::posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_adddup2(&actions_, output, STDOUT_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions_, complaint, STDERR_FILENO);
    sigset_t none, all;
    ::sigemptyset(&none);
    ::sigfillset(&all);
    ::posix_spawnattr_init(&attributes_);
    ::posix_spawnattr_setpgroup(&attributes_, 0);
    ::posix_spawnattr_setsigmask(&attributes_, &none);
    ::posix_spawnattr_setsigdefault(&attributes_, &all);
    ::posix_spawnattr_setflags(
        &attributes_, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;
  ~SpawnPlan() {
    ::posix_spawn_file_actions_destroy(&actions_);
    ::posix_spawnattr_destroy(&attributes_);
  }

  int spawn(const std::vector<std::string>& words, pid_t& pid) const {
    std::vector<char*> arguments;
    arguments.reserve(words.size() + 1);
    for (const std::string& word : words) {
      arguments.push_back(const_cast<char*>(word.c_str()));  // posix_spawn changes nothing
    }
    arguments.push_back(nullptr);
    return ::posix_spawnp(&pid, arguments[0], &actions_, &attributes_, arguments.data(), environ);
  }

 private:
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

// A child and its children, killed unless they have ended.
class RunningProgram {
 public:
  explicit RunningProgram(pid_t pid) : pid_(pid) {}
  RunningProgram(const RunningProgram&) = delete;
  RunningProgram& operator=(const RunningProgram&) = delete;
  ~RunningProgram() {
    if (pid_ > 0) {
      ::kill(-pid_, SIGKILL);
      wait();
    }
  }

  int wait() {
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = 0;
    return status;
  }

 private:
  pid_t pid_;
};

int milliseconds_until(SteadyTime deadline) {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
      deadline - std::chrono::steady_clock::now());
  return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 1'000'000));
}

// One read. False: the other end is closed.
bool take(int fd, std::string& into) {
  std::array<char, 16'384> bytes;
  const ssize_t got = ::read(fd, bytes.data(), bytes.size());
  if (got > 0) {
    into.append(bytes.data(), static_cast<std::size_t>(got));
  }
  return got > 0 || (got < 0 && (errno == EINTR || errno == EAGAIN));
}

Fault too_much(const std::string& program) {
  return transient_fault("program.output", "a program said more than is read")
      .with("program", program);
}

Status read_streams(const std::string& program, Pipe& output, Pipe& complaint,
                    const ProgramLimits& limits, ProgramAnswer& answer) {
  const auto deadline =
      std::chrono::steady_clock::now() + std::chrono::milliseconds(limits.timeout_ms);
  std::array<pollfd, 2> open{pollfd{output.read.get(), POLLIN, 0},
                             pollfd{complaint.read.get(), POLLIN, 0}};
  const std::array<std::string*, 2> texts{&answer.output, &answer.complaint};
  while (open[0].fd >= 0 || open[1].fd >= 0) {
    const int ready = ::poll(open.data(), open.size(), milliseconds_until(deadline));
    if (ready == 0) {
      return fail(transient_fault("program.slow", "a program did not answer in time")
                      .with("program", program));
    }
    for (std::size_t i = 0; ready > 0 && i < open.size(); ++i) {
      if (open[i].fd >= 0 && open[i].revents != 0 && !take(open[i].fd, *texts[i])) {
        open[i].fd = -1;
      }
      if (texts[i]->size() > limits.longest_output) {
        return fail(too_much(program));
      }
    }
  }
  return {};
}

}  // namespace

Result<ProgramAnswer> run_program(const std::vector<std::string>& words,
                                  const ProgramLimits& limits) {
  require(!words.empty(), "a program has a name");
  auto output = make_pipe();
  auto complaint = make_pipe();
  if (!output || !complaint) {
    return output ? fail(complaint) : fail(output);
  }
  pid_t pid = 0;
  const int failed = SpawnPlan(output->write.get(), complaint->write.get()).spawn(words, pid);
  if (failed != 0) {
    return fail(configuration_fault("program.start", "a program cannot be started")
                    .with("program", words[0])
                    .with("error", std::strerror(failed)));
  }
  RunningProgram program(pid);
  output->write.reset();
  complaint->write.reset();
  ProgramAnswer answer;
  if (auto read = read_streams(words[0], *output, *complaint, limits, answer); !read) {
    return fail(read.error());
  }
  const int status = program.wait();
  if (!WIFEXITED(status)) {
    return fail(transient_fault("program.killed", "a program ended by a signal")
                    .with("program", words[0])
                    .with("signal", std::to_string(WTERMSIG(status))));
  }
  answer.exit_code = WEXITSTATUS(status);
  return answer;
}

}  // namespace phimilter
