// SPDX-License-Identifier: Apache-2.0
#include "extract/frames.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <climits>

#include "extract/byte_codec.h"

namespace phimilter::extract {
namespace {

constexpr std::size_t kFrameHead = 9;
// Pieces as short as this go in one call: each call wakes the other side.
constexpr std::size_t kTogether = 16 * limits::kKiB;

Fault talk_fault(const char* what) {
  return transient_fault("extract.talk", "the talk with an extraction worker broke off")
      .with("what", what);
}

int milliseconds_left(std::optional<Deadline> deadline) {
  if (!deadline) {
    return -1;
  }
  const auto left =
      std::chrono::ceil<std::chrono::milliseconds>(*deadline - std::chrono::steady_clock::now());
  return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, INT_MAX));
}

// A peer that hangs up is noticed by the send or recv that follows.
Status wait_for(int socket, short events, std::optional<Deadline> deadline) {
  while (true) {
    const int left = milliseconds_left(deadline);
    pollfd entry{socket, events, 0};
    const int ready = ::poll(&entry, 1, left);
    if (ready > 0) {
      return {};
    }
    if (ready == 0) {
      return fail(talk_fault("deadline"));
    }
    if (errno != EINTR) {
      return fail(talk_fault("poll"));
    }
  }
}

bool should_wait() {
  return errno == EAGAIN || errno == EINTR;
}

// First the call, then the wait: a worker that has bytes ready costs no poll. Without a deadline
// the call itself blocks, so that the jail needs no poll at all.
Status send_all(int socket, std::string_view bytes, std::optional<Deadline> deadline) {
  const int flags = MSG_NOSIGNAL | (deadline ? MSG_DONTWAIT : 0);
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket, bytes.data(), bytes.size(), flags);
    if (sent > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
      continue;
    }
    if (!should_wait()) {
      return fail(talk_fault("gone"));
    }
    if (auto ready = deadline ? wait_for(socket, POLLOUT, deadline) : Status{}; !ready) {
      return ready;
    }
  }
  return {};
}

Status receive_all(int socket, char* to, std::size_t size, std::optional<Deadline> deadline) {
  const int flags = deadline ? MSG_DONTWAIT : MSG_WAITALL;
  while (size > 0) {
    const ssize_t got = ::recv(socket, to, size, flags);
    if (got > 0) {
      to += got;
      size -= static_cast<std::size_t>(got);
      continue;
    }
    if (got == 0 || !should_wait()) {
      return fail(talk_fault("gone"));
    }
    if (auto ready = deadline ? wait_for(socket, POLLIN, deadline) : Status{}; !ready) {
      return ready;
    }
  }
  return {};
}

}  // namespace

Status send_frame(int socket, FrameType type, std::initializer_list<std::string_view> pieces,
                  std::optional<Deadline> deadline) {
  std::size_t size = 0;
  for (const auto piece : pieces) {
    size += piece.size();
  }
  std::string together;
  put_number(together, static_cast<std::uint8_t>(type), 1);
  put_number(together, size, 8);
  for (const auto piece : pieces) {
    if (together.size() + piece.size() <= kTogether) {
      together += piece;
      continue;
    }
    for (const std::string_view part : {std::string_view(together), piece}) {
      if (auto sent = send_all(socket, part, deadline); !sent) {
        return sent;
      }
    }
    together.clear();
  }
  return send_all(socket, together, deadline);
}

Result<Frame> receive_frame(int socket, std::size_t longest, std::optional<Deadline> deadline) {
  std::string head(kFrameHead, '\0');
  if (auto got = receive_all(socket, head.data(), head.size(), deadline); !got) {
    return fail(got);
  }
  ByteReader reader(head);
  const auto type = *reader.number(1);
  const auto size = *reader.number(8);
  if (type < static_cast<std::uint8_t>(FrameType::ready) ||
      type > static_cast<std::uint8_t>(FrameType::answer)) {
    return fail(talk_fault("frame type"));
  }
  if (size > longest) {
    return fail(talk_fault("frame length"));
  }
  Frame frame{static_cast<FrameType>(type), std::string(size, '\0')};
  if (auto got = receive_all(socket, frame.bytes.data(), size, deadline); !got) {
    return fail(got);
  }
  return frame;
}

}  // namespace phimilter::extract
