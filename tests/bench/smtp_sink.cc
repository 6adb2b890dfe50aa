// SPDX-License-Identifier: Apache-2.0
#include "bench/smtp_sink.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace phimilter::bench {
namespace {

constexpr std::size_t kHead = 16384;
constexpr std::string_view kEnd = "\r\n.\r\n";

void watch(int poll, int descriptor) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = descriptor;
  ::epoll_ctl(poll, EPOLL_CTL_ADD, descriptor, &event);
}

int listen_on(int port) {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const int on = 1;
  ::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(listener, 1024) != 0) {
    std::perror("sink");
    std::exit(2);
  }
  return listener;
}

}  // namespace

SmtpSink::SmtpSink(int port)
    : listener_(listen_on(port)),
      wake_(::eventfd(0, EFD_CLOEXEC)),
      poll_(::epoll_create1(EPOLL_CLOEXEC)) {
  watch(poll_, listener_);
  watch(poll_, wake_);
  thread_ = std::thread([this] { run(); });
}

SmtpSink::~SmtpSink() {
  const std::uint64_t one = 1;
  static_cast<void>(!::write(wake_, &one, sizeof one));
  thread_.join();
  for (const auto& [socket, session] : sessions_) {
    ::close(socket);
  }
  ::close(listener_);
  ::close(poll_);
  ::close(wake_);
}

void SmtpSink::wait_for(std::size_t messages, std::size_t seconds) const {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
  while (arrived() < messages && std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

void SmtpSink::run() {
  std::array<epoll_event, 64> events{};
  for (;;) {
    const int ready = ::epoll_wait(poll_, events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < ready; ++i) {
      const int socket = events[static_cast<std::size_t>(i)].data.fd;
      if (socket == wake_) {
        return;
      }
      if (socket == listener_) {
        accept_all();
      } else if (!serve(socket, sessions_[socket])) {
        ::close(socket);
        sessions_.erase(socket);
      }
    }
  }
}

void SmtpSink::accept_all() {
  for (;;) {
    const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (socket < 0) {
      return;
    }
    const int on = 1;
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    static constexpr std::string_view kGreeting = "220 sink.example ESMTP\r\n";
    static_cast<void>(::send(socket, kGreeting.data(), kGreeting.size(), MSG_NOSIGNAL));
    sessions_[socket] = {};
    watch(poll_, socket);
  }
}

// False: the session is over.
bool SmtpSink::serve(int socket, Session& session) {
  std::array<char, 65536> piece{};
  const ssize_t got = ::recv(socket, piece.data(), piece.size(), 0);
  if (got <= 0) {
    return false;
  }
  session.in.append(piece.data(), static_cast<std::size_t>(got));
  std::string replies;
  bool open = true;
  bool more = true;
  while (open && more) {
    if (session.in_data) {
      more = take_data(session, replies);
    } else {
      more = session.in.find('\n') != std::string::npos;
      open = !more || take_command(session, replies);
    }
  }
  if (!replies.empty() && ::send(socket, replies.data(), replies.size(), MSG_NOSIGNAL) < 0) {
    return false;
  }
  return open;
}

bool SmtpSink::take_command(Session& session, std::string& replies) {
  const auto end = session.in.find('\n');
  const std::string verb = session.in.substr(0, 4);
  session.in.erase(0, end + 1);
  if (verb == "DATA") {
    session.in_data = true;
    // The end is looked for with the line end before it; an empty message has one too.
    session.in.insert(0, "\r\n");
    replies += "354 go on\r\n";
  } else if (verb == "EHLO") {
    replies +=
        "250-sink.example\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-DSN\r\n250 SIZE 200000000\r\n";
  } else if (verb == "QUIT") {
    replies += "221 bye\r\n";
    return false;
  } else {
    replies += "250 ok\r\n";
  }
  return true;
}

// True: a whole message was taken.
bool SmtpSink::take_data(Session& session, std::string& replies) {
  const auto end = session.in.find(kEnd);
  if (end == std::string::npos) {
    // What counts stands in the head and at the very end; the rest need not be kept.
    if (session.in.size() > 2 * kHead) {
      session.in.erase(kHead, session.in.size() - kHead - kEnd.size());
    }
    return false;
  }
  count(session.in.substr(0, std::min(end, kHead)));
  session.in.erase(0, end + kEnd.size());
  session.in_data = false;
  replies += "250 2.0.0 ok\r\n";
  return true;
}

void SmtpSink::count(const std::string& message) {
  const std::string head = message.substr(0, message.find("\r\n\r\n", 2));
  if (head.find("multipart/encrypted") != std::string::npos) {
    ++pgp_;
  } else if (head.find("application/pkcs7-mime") != std::string::npos) {
    ++smime_;
  } else if (message.find("/m/") != std::string::npos &&
             head.find("Auto-Submitted: auto-generated") != std::string::npos) {
    ++notices_;
  }
  last_ = std::chrono::steady_clock::now();
  ++arrived_;
}

}  // namespace phimilter::bench
