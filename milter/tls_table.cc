// SPDX-License-Identifier: Apache-2.0
//
// A thread a connection, since an answer may have to be looked up; Postfix keeps one for each of
// its senders.
#include "milter/tls_table.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <charconv>
#include <condition_variable>
#include <cstring>
#include <exception>
#include <memory>
#include <mutex>
#include <system_error>
#include <thread>
#include <typeinfo>

#include "base/log.h"

namespace phimilter::milter {

namespace {

constexpr int kBacklog = 64;
constexpr int kMostConnections = 200;
constexpr int kIdleMs = 120'000;
constexpr int kPauseMs = 200;  // when no file can be opened
constexpr std::size_t kReadBytes = 2048;

class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor() {
    if (fd_ >= 0) {
      ::close(fd_);
    }
  }
  int get() const { return fd_; }
  bool open() const { return fd_ >= 0; }

 private:
  int fd_;
};

bool send_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) {
      continue;
    }
    if (sent <= 0) {
      return false;
    }
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

class Server final : public TlsTable {
 public:
  Server(Descriptor listening, std::array<Descriptor, 2> stop, std::string path,
         protect::TlsFacts& facts)
      : listening_(std::move(listening)),
        stop_(std::move(stop)),
        path_(std::move(path)),
        facts_(facts),
        thread_([this] { accept_all(); }) {}

  ~Server() override {
    stop_[1] = Descriptor();  // everybody who polls the other end wakes up
    thread_.join();
    std::unique_lock lock(mutex_);
    ended_.wait(lock, [this] { return connections_ == 0; });
    if (!path_.empty()) {
      ::unlink(path_.c_str());
    }
  }

  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

 private:
  // Whether there is something to read; false also when the time is over or we stop.
  bool readable(int fd, int timeout_ms) const {
    std::array<pollfd, 2> watched{pollfd{fd, POLLIN, 0}, pollfd{stop_[0].get(), POLLIN, 0}};
    int ready = 0;
    do {
      ready = ::poll(watched.data(), watched.size(), timeout_ms);
    } while (ready < 0 && errno == EINTR);
    return ready > 0 && watched[1].revents == 0;
  }

  void accept_all() {
    while (readable(listening_.get(), -1)) {
      Descriptor connection(::accept4(listening_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      if (!connection.open()) {
        // No file is left: the connection waits, and so do we.
        readable(-1, kPauseMs);
      } else if (begin()) {
        serve_beside(std::make_shared<Descriptor>(std::move(connection)));
      }
    }
  }

  // Without a thread the MTA's connection is closed, and its mail waits.
  void serve_beside(std::shared_ptr<Descriptor> connection) {
    try {
      std::thread([this, connection] {
        serve_guarded(connection->get());
        end();
      }).detach();
    } catch (const std::system_error&) {
      log::event(log::Level::error, "-", "tls_table_no_thread");
      end();
    }
  }

  void serve_guarded(int connection) const noexcept {
    try {
      serve(connection);
    } catch (const std::exception& error) {
      log::event(log::Level::error, "-", "exception",
                 {{"callback", "tls table"}, {"type", typeid(error).name()}});
    }
  }

  bool begin() {
    const std::lock_guard lock(mutex_);
    if (connections_ >= kMostConnections) {
      return false;
    }
    ++connections_;
    return true;
  }

  void end() {
    const std::lock_guard lock(mutex_);
    --connections_;
    ended_.notify_all();
  }

  void serve(int connection) const {
    std::string buffer;
    std::array<char, kReadBytes> bytes{};
    while (readable(connection, kIdleMs)) {
      const ssize_t count = ::read(connection, bytes.data(), bytes.size());
      if (count <= 0) {
        return;
      }
      buffer.append(bytes.data(), static_cast<std::size_t>(count));
      if (!answer_all(connection, buffer)) {
        return;
      }
    }
  }

  bool answer_all(int connection, std::string& buffer) const {
    for (;;) {
      const auto request = take_netstring(buffer);
      if (!request) {
        return false;
      }
      if (!*request) {
        return true;
      }
      const std::string answer = tls_answer(facts_, **request);
      if (!send_all(connection, std::to_string(answer.size()) + ":" + answer + ",")) {
        return false;
      }
    }
  }

  const Descriptor listening_;
  std::array<Descriptor, 2> stop_;
  const std::string path_;
  protect::TlsFacts& facts_;
  std::mutex mutex_;
  std::condition_variable ended_;
  int connections_ = 0;
  std::thread thread_;
};

Fault socket_fault(std::string text, const std::string& socket) {
  Fault fault = errno_fault("tls.policy_socket", std::move(text)).with("socket", socket);
  fault.kind = FaultKind::configuration;
  return fault;
}

Status give_to_group(const std::string& path, const std::string& name) {
  const struct group* found = name.empty() ? nullptr : ::getgrnam(name.c_str());
  if (name.empty() ||
      (found != nullptr && ::chown(path.c_str(), static_cast<uid_t>(-1), found->gr_gid) == 0)) {
    return {};
  }
  return fail(socket_fault("cannot give the socket to milter.socket_group", path));
}

Result<Descriptor> listen_at_path(const std::string& path, const std::string& group) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) {
    return fail(socket_fault("the path of the socket is too long", path));
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  Descriptor fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  ::unlink(path.c_str());
  const mode_t before = ::umask(0117);
  const int bound = ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address));
  ::umask(before);
  if (bound != 0 || ::listen(fd.get(), kBacklog) != 0) {
    return fail(socket_fault("cannot listen at tls.policy_socket", path));
  }
  if (auto given = give_to_group(path, group); !given) {
    return fail(given);
  }
  return fd;
}

Result<Descriptor> listen_at_port(const std::string& socket) {
  const std::size_t colon = socket.rfind(':');
  sockaddr_in address{};
  address.sin_family = AF_INET;
  std::uint16_t port = 0;
  const auto parsed =
      std::from_chars(socket.data() + colon + 1, socket.data() + socket.size(), port);
  if (parsed.ec != std::errc() ||
      ::inet_pton(AF_INET, socket.substr(5, colon - 5).c_str(), &address.sin_addr) != 1) {
    return fail(
        socket_fault("tls.policy_socket is written unix:/path or inet:127.0.0.1:port", socket));
  }
  address.sin_port = htons(port);
  Descriptor fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int yes = 1;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0 ||
      ::listen(fd.get(), kBacklog) != 0) {
    return fail(socket_fault("cannot listen at tls.policy_socket", socket));
  }
  return fd;
}

}  // namespace

Result<std::unique_ptr<TlsTable>> serve_tls_table(const std::string& socket,
                                                  const std::string& group,
                                                  protect::TlsFacts& facts) {
  const bool is_path = socket.starts_with("unix:");
  const std::string path = is_path ? socket.substr(5) : "";
  auto listening = is_path ? listen_at_path(path, group) : listen_at_port(socket);
  if (!listening) {
    return fail(listening);
  }
  std::array<int, 2> stop{};
  if (::pipe2(stop.data(), O_CLOEXEC) != 0) {
    return fail(socket_fault("no more files can be opened", socket));
  }
  return std::unique_ptr<TlsTable>(std::make_unique<Server>(
      std::move(*listening), std::array{Descriptor(stop[0]), Descriptor(stop[1])}, path, facts));
}

}  // namespace phimilter::milter
