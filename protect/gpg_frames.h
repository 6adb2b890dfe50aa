// SPDX-License-Identifier: Apache-2.0
//
// What phimilter and phimilter-gpg say to each other, over a stream socket that the broker has as
// descriptor 3.
//
//   frame    = kind (1 byte), length (4 bytes, big endian), body (length bytes, at most kFrameBody)
//   greeting = done | fault                        from the broker, once
//   request  = (encrypt | import | inspect) data* end  |  list  |  sign
//   answer   = data* (done | fault)
//
// encrypt's body: fingerprints, one a line; one behind a '+' signs. done's body: of encrypt the
// cipher's number (RFC 4880 9.2), and " signed" if it is, of import the fingerprints, one a line.
// inspect's body: a mail address; its data: the key's bytes; its done: the key's lines. fault's
// body: kind, id and text, separated by tabs. sign's body: the fingerprint of a key that is to be
// tried. list's data: see gpg_key_lines.h. Both sides send at the same time; phimilter reads
// whenever something is there, so neither waits for the other.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/limits.h"

namespace phimilter::protect {

inline constexpr int kBrokerSocket = 3;
inline constexpr std::size_t kFrameHead = 5;
inline constexpr std::size_t kFrameBody = 64 * limits::kKiB;

enum class FrameKind : char {
  encrypt = 'E',
  list = 'L',
  import = 'I',
  inspect = 'S',
  sign = 'G',
  data = 'D',
  end = '.',
  done = 'K',
  fault = '!',
};

struct FrameHead {
  FrameKind kind = FrameKind::fault;
  std::size_t length = 0;
};

inline std::array<char, kFrameHead> frame_head(FrameKind kind, std::size_t length) {
  return {static_cast<char>(kind), static_cast<char>(length >> 24 & 0xff),
          static_cast<char>(length >> 16 & 0xff), static_cast<char>(length >> 8 & 0xff),
          static_cast<char>(length & 0xff)};
}

inline FrameHead read_frame_head(std::string_view head) {  // kFrameHead bytes
  const auto octet = [&](std::size_t at) {
    return std::size_t{static_cast<unsigned char>(head[at])};
  };
  return {static_cast<FrameKind>(head[0]),
          octet(1) << 24 | octet(2) << 16 | octet(3) << 8 | octet(4)};
}

}  // namespace phimilter::protect
