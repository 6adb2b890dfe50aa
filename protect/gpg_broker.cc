// SPDX-License-Identifier: Apache-2.0
#include "protect/gpg_broker.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <array>
#include <cerrno>

#include "base/encoding.h"
#include "base/limits.h"

namespace phimilter::protect {
namespace {

constexpr std::size_t kMostOutgoing = 4 * kFrameBody;

Fault died_fault() {
  return transient_fault("pgp.broker_died", "phimilter-gpg ended in the middle of its work");
}

Fault hung_fault() {
  return transient_fault("pgp.broker_hung", "phimilter-gpg did not answer in time");
}

int milliseconds_left(Deadline deadline) {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
      deadline - std::chrono::steady_clock::now());
  return left.count() <= 0 ? 0 : static_cast<int>(left.count()) + 1;
}

class NullSink final : public mail::ByteSink {
 public:
  Status write(std::string_view /*bytes*/) override { return {}; }
};

// posix_spawn's two objects, with an owner.
class SpawnPlan {
 public:
  SpawnPlan() {
    posix_spawn_file_actions_init(&actions_);
    posix_spawnattr_init(&attributes_);
  }
  ~SpawnPlan() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;

  // The socket becomes descriptor 3, standard input and output go nowhere (gpg must not speak), all
  // else is closed.
  bool prepare(int socket) {
    sigset_t none;
    sigset_t all;
    sigemptyset(&none);
    sigfillset(&all);
    return posix_spawn_file_actions_adddup2(&actions_, socket, kBrokerSocket) == 0 &&
           posix_spawn_file_actions_addopen(&actions_, 0, "/dev/null", O_RDONLY, 0) == 0 &&
           posix_spawn_file_actions_addopen(&actions_, 1, "/dev/null", O_WRONLY, 0) == 0 &&
           posix_spawn_file_actions_addclosefrom_np(&actions_, kBrokerSocket + 1) == 0 &&
           posix_spawnattr_setpgroup(&attributes_, 0) == 0 &&
           posix_spawnattr_setsigmask(&attributes_, &none) == 0 &&
           posix_spawnattr_setsigdefault(&attributes_, &all) == 0 &&
           posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK |
                                                      POSIX_SPAWN_SETSIGDEF) == 0;
  }
  const posix_spawn_file_actions_t* actions() const { return &actions_; }
  const posix_spawnattr_t* attributes() const { return &attributes_; }

 private:
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

Fault parse_fault(std::string_view body) {
  const auto words = split(body, '\t');
  Fault fault = transient_fault("pgp.broker", "phimilter-gpg reports a fault that cannot be read");
  if (words.size() != 3) {
    return fault;
  }
  for (const FaultKind kind :
       {FaultKind::transient, FaultKind::permanent, FaultKind::configuration, FaultKind::bug}) {
    if (words[0] == to_string(kind)) {
      fault.kind = kind;
    }
  }
  fault.id = words[1];
  fault.text = words[2];
  return fault;
}

}  // namespace

Result<std::unique_ptr<GpgBroker>> GpgBroker::start(const std::string& program,
                                                    const std::string& home, Deadline deadline) {
  std::array<int, 2> ends{};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    return fail(errno_fault("pgp.broker", "cannot make a socket for phimilter-gpg"));
  }
  UniqueFd ours(ends[0]);
  UniqueFd theirs(ends[1]);
  SpawnPlan plan;
  std::string option = "--home";
  std::string name = program;
  std::string folder = home;
  const std::array<char*, 4> arguments = {name.data(), option.data(), folder.data(), nullptr};
  std::string path = "PATH=/usr/local/bin:/usr/bin:/bin";
  std::string locale = "LC_ALL=C.UTF-8";
  const std::array<char*, 3> environment = {path.data(), locale.data(), nullptr};
  pid_t pid = 0;
  const int error = plan.prepare(theirs.get())
                        ? posix_spawn(&pid, program.c_str(), plan.actions(), plan.attributes(),
                                      arguments.data(), environment.data())
                        : ENOMEM;
  if (error != 0) {
    errno = error;
    Fault fault = errno_fault("pgp.program", "cannot start phimilter-gpg").with("path", program);
    fault.kind = FaultKind::configuration;
    return fail(std::move(fault));
  }
  std::unique_ptr<GpgBroker> broker(new GpgBroker(pid, std::move(ours)));
  theirs.reset();  // while it is open here, the end of the broker would not be seen
  NullSink nowhere;
  GpgCall greeting(*broker, deadline, nowhere);
  if (auto greeted = greeting.outcome(); !greeted) {
    return fail(greeted);
  }
  return broker;
}

GpgBroker::~GpgBroker() {
  socket_.reset();
  kill(-pid_, SIGKILL);
  while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

bool GpgBroker::alive() const {
  pollfd socket{socket_.get(), POLLIN, 0};
  return poll(&socket, 1, 0) == 0;
}

void GpgCall::queue(FrameKind kind, std::string_view body) {
  const auto head = frame_head(kind, body.size());
  outgoing_.append(head.data(), head.size());
  outgoing_ += body;
}

void GpgCall::flush_data() {
  if (!data_.empty()) {
    queue(FrameKind::data, data_);
    data_.clear();
  }
}

void GpgCall::begin(FrameKind kind, std::string_view body) {
  queue(kind, body);
}

Status GpgCall::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::string_view piece = bytes.substr(0, kFrameBody - data_.size());
    data_ += piece;
    bytes.remove_prefix(piece.size());
    if (data_.size() == kFrameBody) {
      flush_data();
    }
    while (outgoing_.size() - sent_ >= kMostOutgoing) {
      if (auto exchanged = exchange(); !exchanged) {
        return exchanged;
      }
    }
  }
  return {};
}

Result<std::string> GpgCall::finish() {
  flush_data();
  queue(FrameKind::end, {});
  return outcome();
}

Result<std::string> GpgCall::outcome() {
  while (!finished_) {
    if (auto exchanged = exchange(); !exchanged) {
      return fail(exchanged);
    }
  }
  return outcome_;
}

// Waits until something can be read or sent, and does that.
Status GpgCall::exchange() {
  const bool sending = sent_ < outgoing_.size();
  pollfd socket{broker_.socket(), static_cast<short>(sending ? POLLIN | POLLOUT : POLLIN), 0};
  const int ready = poll(&socket, 1, milliseconds_left(deadline_));
  if (ready < 0 && errno == EINTR) {
    return {};
  }
  if (ready <= 0 || std::chrono::steady_clock::now() >= deadline_) {
    return fail(hung_fault());
  }
  if ((socket.revents & (POLLIN | POLLHUP | POLLERR)) != 0) {
    if (auto received = receive(); !received) {
      return received;
    }
  }
  if ((socket.revents & POLLOUT) == 0 || finished_) {
    return {};
  }
  const ssize_t sent = send(broker_.socket(), outgoing_.data() + sent_, outgoing_.size() - sent_,
                            MSG_DONTWAIT | MSG_NOSIGNAL);
  if (sent < 0 && errno != EAGAIN && errno != EINTR) {
    return fail(died_fault());
  }
  sent_ += sent < 0 ? 0 : static_cast<std::size_t>(sent);
  if (sent_ == outgoing_.size()) {
    outgoing_.clear();
    sent_ = 0;
  }
  return {};
}

Status GpgCall::receive() {
  std::array<char, kFrameBody> buffer;
  const ssize_t got = recv(broker_.socket(), buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
    return {};
  }
  if (got <= 0) {
    return fail(died_fault());
  }
  incoming_.append(buffer.data(), static_cast<std::size_t>(got));
  return take_frames();
}

Status GpgCall::take_frames() {
  std::string_view rest = incoming_;
  while (rest.size() >= kFrameHead) {
    const FrameHead head = read_frame_head(rest);
    if (head.length > kFrameBody || finished_) {
      return fail(transient_fault("pgp.broker", "phimilter-gpg does not keep to the protocol"));
    }
    if (rest.size() < kFrameHead + head.length) {
      break;
    }
    const std::string_view body = rest.substr(kFrameHead, head.length);
    rest.remove_prefix(kFrameHead + head.length);
    if (head.kind == FrameKind::data) {
      if (auto written = answer_.write(body); !written) {
        return written;
      }
    } else if (head.kind == FrameKind::done) {
      outcome_ = std::string(body);
      finished_ = true;
    } else {
      outcome_ = fail(parse_fault(body));
      finished_ = true;
    }
  }
  incoming_.erase(0, incoming_.size() - rest.size());
  return {};
}

}  // namespace phimilter::protect
