// SPDX-License-Identifier: Apache-2.0
//
// How many connections one client holds: an IPv4 address, or an IPv6 /56. Who opens many and says
// nothing takes their own share of the server's connections, and not everybody's. Threads: may be
// shared.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace phimilter::portal {

class PeerConnections {
 public:
  // `proxies`: networks whose connections are many people's, and not counted.
  PeerConnections(std::size_t most, std::vector<std::string> proxies);

  // Counted as long as it lives; must not outlive the PeerConnections.
  class Ticket {
   public:
    Ticket(PeerConnections* counts, std::string client);
    ~Ticket();
    Ticket(Ticket&& other) noexcept;
    Ticket& operator=(Ticket&&) = delete;

   private:
    PeerConnections* counts_;
    std::string client_;
  };
  // nullopt: this client has as many as it may.
  std::optional<Ticket> enter(const std::string& peer);

  // For a connection that the server knows by a number; an end that is told twice counts once.
  void opened(std::uint64_t number, const std::string& peer);
  void closed(std::uint64_t number);

 private:
  bool is_proxy(const std::string& peer) const;
  void leave(const std::string& client);

  const std::size_t most_;
  const std::vector<std::string> proxies_;
  std::mutex mutex_;
  std::map<std::string, std::size_t> held_;
  std::map<std::uint64_t, Ticket> open_;
};

}  // namespace phimilter::portal
