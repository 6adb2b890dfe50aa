// SPDX-License-Identifier: Apache-2.0
//
// The MTA's side of the milter protocol, version 6, over a unix socket: what Postfix and Sendmail
// say, in the order and the quiet form that was negotiated.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/files.h"

namespace phimilter::milter::test {

struct Packet {
  char command = 0;
  std::string data;
};

// What the filter answered at the end of a message.
struct EndOfMessage {
  char reply =
      0;  // 'a' accept, 'c' continue, 'd' discard, 't' tempfail, 'r' reject, 'y' reply code
  std::string text;           // of 'y': "451 4.3.0 ..."
  std::vector<Packet> edits;  // 'm' change header, 'i' insert header, 'b' body
  std::string new_body;
  bool lost = false;  // the connection broke
  int progress = 0;
};

using Macros = std::vector<std::pair<std::string, std::string>>;

class FakeMta {
 public:
  // Waits up to `timeout_ms` for the socket to appear.
  static std::optional<FakeMta> connect_to(const std::string& socket_path, int timeout_ms);

  struct Offer {
    std::uint32_t actions = 0x1ff;
    std::uint32_t steps = 0x1fffff;
  };
  // The filter's choice; nullopt: it refuses to work with this MTA.
  std::optional<Offer> negotiate(Offer offer);

  char connect(const std::string& daemon_name, const std::string& client);  // its reply
  void helo(const std::string& name);
  char mail(const std::string& path, const std::vector<std::string>& arguments = {},
            const Macros& macros = {});
  void recipient(const std::string& path, const std::vector<std::string>& arguments = {});
  void header(const std::string& name, const std::string& value);  // value with its blank
  void body(const std::string& bytes);
  // `at_new_body` is called once, when the first piece of a new body has arrived.
  EndOfMessage end(const std::string& queue_id, const std::function<void()>& at_new_body = {});
  // Says that the message is over and goes, before the filter has answered.
  void end_and_vanish(const std::string& queue_id);

 private:
  explicit FakeMta(UniqueFd socket) : socket_(std::move(socket)) {}
  void send(char command, const std::string& data);
  void send_macros(char command, const Macros& macros);
  std::optional<Packet> receive();
  char reply();

  UniqueFd socket_;
  Offer chosen_;
};

}  // namespace phimilter::milter::test
