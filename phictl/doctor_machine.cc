// SPDX-License-Identifier: Apache-2.0
#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/statvfs.h>
#include <sys/timex.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>

#include "base/encoding.h"
#include "base/files.h"
#include "phictl/doctor.h"

namespace phimilter::phictl {
namespace {

constexpr int kConnectMs = 500;
constexpr int kReplyMs = 3'000;
constexpr std::uint64_t kLeastFreeBytes = 1024ULL * 1024 * 1024;
constexpr double kLeastFreeShare = 0.05;
constexpr std::string_view kUnix = "unix:";

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
};

SocketAddress unix_address(std::string_view path) {
  SocketAddress out;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  std::memcpy(&out.storage, &address, sizeof address);
  out.size = sizeof address;
  return out;
}

std::uint16_t port_of(std::string_view socket) {
  std::uint16_t port = 0;
  const std::string_view text = socket.substr(socket.rfind(':') + 1);
  std::from_chars(text.data(), text.data() + text.size(), port);
  return port;
}

SocketAddress inet_address(in_addr host, std::uint16_t port) {
  SocketAddress out;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr = host;
  address.sin_port = htons(port);
  std::memcpy(&out.storage, &address, sizeof address);
  out.size = sizeof address;
  return out;
}

bool ready(int fd, short what, int timeout_ms) {
  pollfd one{fd, what, 0};
  return ::poll(&one, 1, timeout_ms) == 1;
}

// The connection, or nothing when nobody answers in time.
UniqueFd connect_to(const SocketAddress& address) {
  UniqueFd fd(::socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const auto* where = reinterpret_cast<const sockaddr*>(&address.storage);
  if (!fd || (::connect(fd.get(), where, address.size) != 0 && errno != EINPROGRESS)) {
    return {};
  }
  int error = 0;
  socklen_t size = sizeof error;
  if (!ready(fd.get(), POLLOUT, kConnectMs) ||
      ::getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &error, &size) != 0 || error != 0) {
    return {};
  }
  return fd;
}

std::optional<SocketAddress> address_of(const std::string& socket) {
  if (socket.starts_with(kUnix)) {
    return unix_address(std::string_view(socket).substr(kUnix.size()));
  }
  std::string host = socket.substr(5, socket.rfind(':') - 5);
  in_addr address{};
  if (host == "localhost") {
    host = "127.0.0.1";
  }
  if (::inet_pton(AF_INET, host.c_str(), &address) != 1) {
    return std::nullopt;
  }
  return inet_address(address, port_of(socket));
}

// A milter answers the first packet of the protocol ('O', version, actions, steps) with its own.
bool speaks_milter(int fd) {
  constexpr std::array<unsigned char, 17> kNegotiate{0, 0, 0, 13,   'O', 0,    0,    0,   6,
                                                     0, 0, 1, 0xff, 0,   0x1f, 0xff, 0xff};
  std::array<unsigned char, 5> head{};
  return ::send(fd, kNegotiate.data(), kNegotiate.size(), MSG_NOSIGNAL) ==
             static_cast<ssize_t>(kNegotiate.size()) &&
         ready(fd, POLLIN, kReplyMs) && ::recv(fd, head.data(), head.size(), 0) == 5 &&
         head[4] == 'O';
}

void examine_milter(const Settings& settings, Examination& seen) {
  const auto address = address_of(settings.milter_socket);
  const UniqueFd fd = address ? connect_to(*address) : UniqueFd();
  if (fd && speaks_milter(fd.get())) {
    seen.good("filter.running", "phimilter answers on " + settings.milter_socket);
  } else {
    seen.problem("filter.running",
                 "no filter answers on " + settings.milter_socket + "; all mail waits",
                 "systemctl status phimilter; journalctl -u phimilter");
  }
}

void examine_listener(const std::string& about, const std::string& socket, Examination& seen) {
  if (socket.empty()) {
    return;
  }
  const auto address = address_of(socket);
  const UniqueFd fd = address ? connect_to(*address) : UniqueFd();
  std::array<char, 3> greeting{};
  if (fd && ready(fd.get(), POLLIN, kReplyMs) &&
      ::recv(fd.get(), greeting.data(), greeting.size(), 0) == 3 &&
      std::string_view(greeting.data(), 3) == "220") {
    seen.good(about, "the MTA answers on " + socket);
  } else {
    seen.problem(about, "the MTA does not answer on " + socket + "; protected mail waits",
                 "See that the listener is in the MTA's settings and that the MTA runs");
  }
}

// The secure instance of Postfix asks about a domain that nobody has.
void examine_tls_socket(const std::string& socket, Examination& seen) {
  constexpr std::string_view kRequest = "18:tls doctor.invalid,";
  const auto address = address_of(socket);
  const UniqueFd fd = address ? connect_to(*address) : UniqueFd();
  std::array<char, 64> answer{};
  const bool asked = fd && ::send(fd.get(), kRequest.data(), kRequest.size(), MSG_NOSIGNAL) ==
                               static_cast<ssize_t>(kRequest.size());
  const ssize_t size = asked && ready(fd.get(), POLLIN, kReplyMs)
                           ? ::recv(fd.get(), answer.data(), answer.size(), 0)
                           : 0;
  const std::string_view said(answer.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
  if (said.find(":NOTFOUND ,") != said.npos || said.find(":OK ") != said.npos) {
    seen.good("filter.tls_table", "phimilter says on " + socket + " what to demand of a domain");
  } else {
    seen.problem(
        "filter.tls_table",
        "phimilter does not say on " + socket + " what to demand of a domain; mail for TLS waits",
        "systemctl status phimilter; journalctl -u phimilter");
  }
}

// The same port by the addresses under which others reach this host.
void examine_reach(const std::string& about, const std::string& socket, Examination& seen) {
  ifaddrs* list = nullptr;
  if (!socket.starts_with("inet:") || ::getifaddrs(&list) != 0) {
    return;
  }
  const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owner(list, ::freeifaddrs);
  for (const ifaddrs* each = list; each != nullptr; each = each->ifa_next) {
    if (each->ifa_addr == nullptr || each->ifa_addr->sa_family != AF_INET ||
        (each->ifa_flags & IFF_LOOPBACK) != 0) {
      continue;
    }
    sockaddr_in address{};
    std::memcpy(&address, each->ifa_addr, sizeof address);
    if (connect_to(inet_address(address.sin_addr, port_of(socket)))) {
      std::array<char, INET_ADDRSTRLEN> text{};
      ::inet_ntop(AF_INET, &address.sin_addr, text.data(), text.size());
      return seen.problem(about,
                          socket + " is also reached by " + text.data() +
                              ": others may hand in mail that nobody filters",
                          "Bind the listener to 127.0.0.1");
    }
  }
  seen.good(about, socket + " is reached from this host alone");
}

void examine_folder(const std::string& setting, const std::string& folder, Examination& seen) {
  struct statvfs disk {};
  if (folder.empty()) {
    return;
  }
  if (::statvfs(folder.c_str(), &disk) != 0) {
    return seen.unknown("disk." + setting, folder + " cannot be looked at",
                        "Run as root; see phictl check");
  }
  const std::uint64_t free = std::uint64_t{disk.f_bavail} * disk.f_frsize;
  const std::uint64_t all = std::uint64_t{disk.f_blocks} * disk.f_frsize;
  const bool few_files = disk.f_files > 0 && disk.f_favail < disk.f_files / 20;
  const std::string left = std::to_string(free / (1024 * 1024)) + " MB free";
  if (free < kLeastFreeBytes ||
      static_cast<double>(free) < kLeastFreeShare * static_cast<double>(all)) {
    seen.problem("disk." + setting, folder + ": " + left + "; when it is full, mail is deferred",
                 "Make room or give it a larger disk");
  } else if (few_files) {
    seen.problem("disk." + setting, folder + ": fewer than one inode in twenty is free",
                 "Make room or give it another disk");
  } else {
    seen.good("disk." + setting, folder + ": " + left);
  }
}

}  // namespace

void examine_sockets(const Settings& settings, Examination& seen) {
  examine_milter(settings, seen);
  examine_listener("mta.reentry", settings.reentry_listener, seen);
  examine_listener("mta.secure", settings.reentry_secure_listener, seen);
  if (!settings.tls_policy_socket.empty()) {
    examine_tls_socket(settings.tls_policy_socket, seen);
  }
  examine_reach("mta.reentry_open", settings.reentry_listener, seen);
  if (!settings.reentry_secure_listener.empty()) {
    examine_reach("mta.secure_open", settings.reentry_secure_listener, seen);
  }
}

void examine_disk(const Settings& settings, Examination& seen) {
  examine_folder("milter.spool", settings.milter_spool, seen);
  examine_folder("audit.journal", settings.audit_journal, seen);
  examine_folder("escrow.folder", settings.escrow_folder, seen);
  if (!settings.escrow_folder.empty()) {
    examine_folder("portal.state", settings.portal_state, seen);
  }
}

void examine_clock(Examination& seen) {
  timex clock{};
  const int state = ::adjtimex(&clock);
  if (state < 0) {
    seen.unknown("clock", "the kernel does not say whether the clock is kept right",
                 "See timedatectl");
  } else if (state == TIME_ERROR || (clock.status & STA_UNSYNC) != 0) {
    seen.problem("clock",
                 "nothing keeps this clock right; expiry of keys and messages, and the times in "
                 "the journal, depend on it",
                 "Run chrony or systemd-timesyncd");
  } else {
    seen.good("clock", "kept right, within " + std::to_string(clock.maxerror / 1000) + " ms");
  }
}

}  // namespace phimilter::phictl
