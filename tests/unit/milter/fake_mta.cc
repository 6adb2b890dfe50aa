// SPDX-License-Identifier: Apache-2.0
#include "milter/fake_mta.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <chrono>
#include <cstring>
#include <thread>

namespace phimilter::milter::test {

namespace {

constexpr int kReplyMs = 60'000;
constexpr std::size_t kChunk = 65'535;

std::string number(std::uint32_t value) {
  const std::uint32_t network = htonl(value);
  std::string bytes(sizeof(network), '\0');
  std::memcpy(bytes.data(), &network, sizeof(network));
  return bytes;
}

std::uint32_t number_at(const std::string& bytes, std::size_t at) {
  std::uint32_t network = 0;
  std::memcpy(&network, bytes.data() + at, sizeof(network));
  return ntohl(network);
}

std::string zero_ended(const std::string& text) {
  return text + '\0';
}

std::string all_zero_ended(const std::string& first, const std::vector<std::string>& rest) {
  std::string data = zero_ended(first);
  for (const std::string& text : rest) {
    data += zero_ended(text);
  }
  return data;
}

bool read_exactly(int fd, char* into, std::size_t size) {
  while (size > 0) {
    pollfd ready{fd, POLLIN, 0};
    if (::poll(&ready, 1, kReplyMs) <= 0) {
      return false;
    }
    const ssize_t got = ::recv(fd, into, size, 0);
    if (got <= 0) {
      return false;
    }
    into += got;
    size -= static_cast<std::size_t>(got);
  }
  return true;
}

UniqueFd try_connect(const std::string& path) {
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof(address.sun_path) - 1);
  if (::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) {
    return UniqueFd();
  }
  return fd;
}

}  // namespace

std::optional<FakeMta> FakeMta::connect_to(const std::string& socket_path, int timeout_ms) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms);
  while (true) {
    UniqueFd fd = try_connect(socket_path);
    if (fd) {
      return FakeMta(std::move(fd));
    }
    if (std::chrono::steady_clock::now() > end) {
      return std::nullopt;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

void FakeMta::send(char command, const std::string& data) {
  const std::string packet = number(static_cast<std::uint32_t>(data.size() + 1)) + command + data;
  std::size_t sent = 0;
  while (sent < packet.size()) {
    const ssize_t now =
        ::send(socket_.get(), packet.data() + sent, packet.size() - sent, MSG_NOSIGNAL);
    if (now <= 0) {
      return;  // the lost connection shows at the next reply
    }
    sent += static_cast<std::size_t>(now);
  }
}

void FakeMta::send_macros(char command, const Macros& macros) {
  std::string data(1, command);
  for (const auto& [name, value] : macros) {
    data += zero_ended(name) + zero_ended(value);
  }
  send('D', data);
}

std::optional<Packet> FakeMta::receive() {
  std::string length(4, '\0');
  if (!read_exactly(socket_.get(), length.data(), length.size())) {
    return std::nullopt;
  }
  std::string bytes(number_at(length, 0), '\0');
  if (bytes.empty() || !read_exactly(socket_.get(), bytes.data(), bytes.size())) {
    return std::nullopt;
  }
  return Packet{bytes[0], bytes.substr(1)};
}

char FakeMta::reply() {
  const auto packet = receive();
  return packet ? packet->command : '\0';
}

std::optional<FakeMta::Offer> FakeMta::negotiate(Offer offer) {
  send('O', number(6) + number(offer.actions) + number(offer.steps));
  const auto packet = receive();
  if (!packet || packet->command != 'O' || packet->data.size() < 12) {
    return std::nullopt;
  }
  chosen_ = {number_at(packet->data, 4), number_at(packet->data, 8)};
  return chosen_;
}

char FakeMta::connect(const std::string& daemon_name, const std::string& client) {
  send_macros('C', {{"j", "mx.clinic.example"}, {"{daemon_name}", daemon_name}});
  std::string data = zero_ended("client.example") + '4';
  data += std::string("\x30\x39", 2) + zero_ended(client);
  send('C', data);
  return reply();
}

void FakeMta::helo(const std::string& name) {
  send('H', zero_ended(name));
}

char FakeMta::mail(const std::string& path, const std::vector<std::string>& arguments,
                   const Macros& macros) {
  send_macros('M', macros);
  send('M', all_zero_ended(path, arguments));
  return reply();
}

void FakeMta::recipient(const std::string& path, const std::vector<std::string>& arguments) {
  send('R', all_zero_ended(path, arguments));
}

void FakeMta::header(const std::string& name, const std::string& value) {
  send('L', zero_ended(name) + zero_ended(value));
}

void FakeMta::body(const std::string& bytes) {
  for (std::size_t at = 0; at < bytes.size(); at += kChunk) {
    send('B', bytes.substr(at, kChunk));
  }
}

void FakeMta::end_and_vanish(const std::string& queue_id) {
  send_macros('E', {{"i", queue_id}});
  send('E', "");
  socket_.reset();
}

EndOfMessage FakeMta::end(const std::string& queue_id, const std::function<void()>& at_new_body) {
  send_macros('E', {{"i", queue_id}});
  send('E', "");
  EndOfMessage got;
  while (true) {
    auto packet = receive();
    if (!packet) {
      got.lost = true;
      return got;
    }
    switch (packet->command) {
      case 'p':
        ++got.progress;
        break;
      case 'b':
        if (at_new_body && got.new_body.empty()) {
          at_new_body();
        }
        got.new_body += packet->data;
        [[fallthrough]];
      case 'm':
      case 'i':
      case 'h':
        got.edits.push_back(std::move(*packet));
        break;
      default:
        got.reply = packet->command;
        got.text = packet->data.substr(0, packet->data.find('\0'));
        return got;
    }
  }
}

}  // namespace phimilter::milter::test
