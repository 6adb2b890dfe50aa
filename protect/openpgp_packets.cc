// SPDX-License-Identifier: Apache-2.0
#include "protect/openpgp_packets.h"

#include <algorithm>

namespace phimilter::protect {
namespace {

constexpr int kSessionKeyTag = 1;
constexpr int kProtectedDataTag = 18;

struct Packet {
  int tag = 0;
  ByteView body;  // as much of it as is there
  std::size_t end = 0;
};

// RFC 4880 4.2. A partial or indeterminate length is given as "to the end": only the last packet
// may have one.
std::optional<Packet> packet_at(ByteView bytes, std::size_t at) {
  if (at + 6 > bytes.size() || (bytes[at] & 0x80) == 0) {
    return std::nullopt;
  }
  const auto octet = [&](std::size_t offset) { return std::size_t{bytes[at + offset]}; };
  const bool new_format = (bytes[at] & 0x40) != 0;
  const int tag = new_format ? bytes[at] & 0x3f : (bytes[at] >> 2) & 0x0f;
  std::size_t head = 2;
  std::size_t length = bytes.size();
  if (new_format && octet(1) < 192) {
    length = octet(1);
  } else if (new_format && octet(1) < 224) {
    length = ((octet(1) - 192) << 8) + octet(2) + 192;
    head = 3;
  } else if (new_format && octet(1) == 255) {
    length = octet(2) << 24 | octet(3) << 16 | octet(4) << 8 | octet(5);
    head = 6;
  } else if (!new_format && (bytes[at] & 3) == 0) {
    length = octet(1);
  } else if (!new_format && (bytes[at] & 3) == 1) {
    length = octet(1) << 8 | octet(2);
    head = 3;
  } else if (!new_format && (bytes[at] & 3) == 2) {
    length = octet(1) << 24 | octet(2) << 16 | octet(3) << 8 | octet(4);
    head = 5;
  }
  const std::size_t start = at + head;
  const std::size_t end = std::min(bytes.size(), start + length);
  return Packet{tag, bytes.subspan(start, end - start), end};
}

}  // namespace

std::optional<std::vector<std::string>> session_key_ids(ByteView message) {
  std::vector<std::string> key_ids;
  std::size_t at = 0;
  for (;;) {
    const auto packet = packet_at(message, at);
    if (!packet || packet->body.empty()) {
      return std::nullopt;
    }
    if (packet->tag == kProtectedDataTag && packet->body[0] == 1) {
      return key_ids;
    }
    if (packet->tag != kSessionKeyTag || packet->body.size() < 10 || packet->body[0] != 3) {
      return std::nullopt;
    }
    key_ids.push_back(hex(packet->body.subspan(1, 8)));
    at = packet->end;
  }
}

}  // namespace phimilter::protect
