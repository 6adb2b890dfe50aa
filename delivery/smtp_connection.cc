// SPDX-License-Identifier: Apache-2.0
#include "delivery/smtp_connection.h"

#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <memory>

namespace phimilter::delivery {

namespace {

// RFC 5321 4.5.3.1.5 allows 512; more is read from servers that say more, no end is not.
constexpr std::size_t kReplyLine = 4096;
constexpr std::size_t kReplyLines = 200;

std::int64_t steady_ms() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

Fault timeout_fault() {
  return transient_fault("smtp.timeout", "the listener did not answer in time");
}

Fault lost_fault() {
  return transient_fault("smtp.lost", "the listener closed the connection");
}

Status wait_for(int fd, short events, std::int64_t deadline_ms) {
  while (true) {
    const std::int64_t left = std::max<std::int64_t>(0, deadline_ms - steady_ms());
    pollfd poll_fd{fd, events, 0};
    const int ready = ::poll(&poll_fd, 1, static_cast<int>(left));
    if (ready > 0) {
      return {};
    }
    if (ready == 0) {
      return fail(timeout_fault());
    }
    if (errno != EINTR) {
      return fail(errno_fault("smtp.poll", "cannot wait for the listener"));
    }
  }
}

Fault bad_listener(const std::string& listener) {
  return configuration_fault("smtp.listener",
                             "a listener is written unix:/path or inet:address:port")
      .with("listener", listener);
}

struct Endpoint {
  sockaddr_storage address{};
  socklen_t length = 0;
};

Result<Endpoint> unix_endpoint(const std::string& path, const std::string& listener) {
  Endpoint endpoint;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof(address.sun_path)) {
    return fail(bad_listener(listener));
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  std::memcpy(&endpoint.address, &address, sizeof(address));
  endpoint.length = sizeof(address);
  return endpoint;
}

Result<Endpoint> inet_endpoint(const std::string& text, const std::string& listener) {
  const auto colon = text.rfind(':');
  if (colon == std::string::npos) {
    return fail(bad_listener(listener));
  }
  std::string host = text.substr(0, colon);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  }
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  if (::getaddrinfo(host.c_str(), text.c_str() + colon + 1, &hints, &found) != 0) {
    return fail(bad_listener(listener));
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, ::freeaddrinfo);
  Endpoint endpoint;
  std::memcpy(&endpoint.address, found->ai_addr, found->ai_addrlen);
  endpoint.length = found->ai_addrlen;
  return endpoint;
}

Result<Endpoint> endpoint_of(const std::string& listener) {
  if (listener.rfind("unix:", 0) == 0) {
    return unix_endpoint(listener.substr(5), listener);
  }
  if (listener.rfind("inet:", 0) == 0) {
    return inet_endpoint(listener.substr(5), listener);
  }
  return fail(bad_listener(listener));
}

Fault connect_fault(const std::string& listener) {
  return errno_fault("smtp.connect", "cannot connect to the listener").with("listener", listener);
}

std::string enhanced_code(std::string_view text) {
  const std::string_view word = text.substr(0, text.find(' '));
  const bool digits_and_dots = std::all_of(
      word.begin(), word.end(), [](char c) { return (c >= '0' && c <= '9') || c == '.'; });
  return digits_and_dots && std::count(word.begin(), word.end(), '.') == 2 ? std::string(word)
                                                                           : std::string();
}

bool is_reply_line(std::string_view line) {
  return line.size() >= 3 && line[0] >= '2' && line[0] <= '5' && line[1] >= '0' && line[1] <= '9' &&
         line[2] >= '0' && line[2] <= '9' && (line.size() == 3 || line[3] == ' ' || line[3] == '-');
}

}  // namespace

Result<SmtpConnection> SmtpConnection::open(const std::string& listener, std::int64_t timeout_ms) {
  const auto endpoint = endpoint_of(listener);
  if (!endpoint) {
    return fail(endpoint.error());
  }
  UniqueFd fd(::socket(endpoint->address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) {
    return fail(connect_fault(listener));
  }
  const auto* address = reinterpret_cast<const sockaddr*>(&endpoint->address);
  // A unix listener whose backlog is full says EAGAIN: that is "busy", not "in progress".
  if (::connect(fd.get(), address, endpoint->length) != 0) {
    if (errno != EINPROGRESS) {
      return fail(connect_fault(listener));
    }
    auto ready = wait_for(fd.get(), POLLOUT, steady_ms() + timeout_ms);
    if (!ready) {
      return fail(ready.error().with("listener", listener));
    }
    int error = 0;
    socklen_t length = sizeof(error);
    ::getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &error, &length);
    if (error != 0) {
      errno = error;
      return fail(connect_fault(listener));
    }
  }
  return SmtpConnection(std::move(fd));
}

void SmtpConnection::end_within(std::int64_t whole_ms) {
  end_ms_ = steady_ms() + whole_ms;
}

std::int64_t SmtpConnection::deadline_in(std::int64_t timeout_ms) const {
  return std::min(steady_ms() + timeout_ms, end_ms_);
}

Status SmtpConnection::send(std::string_view bytes, std::int64_t timeout_ms) {
  const std::int64_t deadline_ms = deadline_in(timeout_ms);
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
      continue;
    }
    if (errno == EINTR) {
      continue;
    }
    if (errno != EAGAIN && errno != EWOULDBLOCK) {
      return fail(lost_fault());
    }
    auto ready = wait_for(socket_.get(), POLLOUT, deadline_ms);
    if (!ready) {
      return fail(ready);
    }
  }
  return {};
}

Result<std::string> SmtpConnection::read_line(std::int64_t deadline_ms) {
  while (true) {
    const auto end = pending_.find('\n');
    if (end != std::string::npos) {
      std::string line = pending_.substr(0, end);
      pending_.erase(0, end + 1);
      if (!line.empty() && line.back() == '\r') {
        line.pop_back();
      }
      return line;
    }
    if (pending_.size() > kReplyLine) {
      return fail(transient_fault("smtp.reply", "the listener answers lines without end"));
    }
    auto ready = wait_for(socket_.get(), POLLIN, deadline_ms);
    if (!ready) {
      return fail(ready);
    }
    char buffer[2048];
    const ssize_t got = ::recv(socket_.get(), buffer, sizeof(buffer), 0);
    if (got > 0) {
      pending_.append(buffer, static_cast<std::size_t>(got));
    } else if (got == 0 || (errno != EINTR && errno != EAGAIN)) {
      return fail(lost_fault());
    }
  }
}

Result<ServerReply> SmtpConnection::read_reply(std::int64_t timeout_ms) {
  const std::int64_t deadline_ms = deadline_in(timeout_ms);
  ServerReply reply;
  while (reply.lines.size() < kReplyLines) {
    auto line = read_line(deadline_ms);
    if (!line) {
      return fail(line);
    }
    if (!is_reply_line(*line)) {
      return fail(transient_fault("smtp.reply", "the listener does not speak SMTP"));
    }
    const std::string text = line->size() > 4 ? line->substr(4) : std::string();
    if (reply.lines.empty()) {
      reply.code = std::stoi(line->substr(0, 3));
      reply.enhanced = enhanced_code(text);
    }
    reply.lines.push_back(text);
    if (line->size() == 3 || (*line)[3] == ' ') {
      return reply;
    }
  }
  return fail(transient_fault("smtp.reply", "the listener answers without end"));
}

Result<ServerReply> SmtpConnection::command(std::string_view line, std::int64_t timeout_ms) {
  auto sent = send(std::string(line) + "\r\n", timeout_ms);
  if (!sent) {
    return fail(sent);
  }
  return read_reply(timeout_ms);
}

}  // namespace phimilter::delivery
