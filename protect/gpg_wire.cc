// SPDX-License-Identifier: Apache-2.0
#include "protect/gpg_wire.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>

namespace phimilter::protect {
namespace {

// Nobody is left to tell anything to.
[[noreturn]] void leave() {
  std::_Exit(0);
}

// Bytes received; fewer than `size` only at the end of the stream.
std::size_t receive_some(char* buffer, std::size_t size) {
  std::size_t done = 0;
  while (done < size) {
    const ssize_t got = recv(kBrokerSocket, buffer + done, size - done, 0);
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got <= 0) {
      break;
    }
    done += static_cast<std::size_t>(got);
  }
  return done;
}

void send_bytes(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(kBrokerSocket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) {
      continue;
    }
    if (sent < 0) {
      leave();
    }
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

}  // namespace

std::optional<FrameHead> receive_head() {
  std::array<char, kFrameHead> head{};
  const std::size_t got = receive_some(head.data(), head.size());
  if (got == 0) {
    return std::nullopt;
  }
  if (got < head.size()) {
    leave();
  }
  return read_frame_head({head.data(), head.size()});
}

void receive(char* buffer, std::size_t size) {
  if (receive_some(buffer, size) < size) {
    leave();
  }
}

std::string receive_body(std::size_t length) {
  if (length > kFrameBody) {
    leave();
  }
  std::string body(length, '\0');
  receive(body.data(), body.size());
  return body;
}

void send_frame(FrameKind kind, std::string_view body) {
  do {
    const std::string_view piece = body.substr(0, kFrameBody);
    const auto head = frame_head(kind, piece.size());
    std::string frame(head.data(), head.size());
    frame += piece;
    send_bytes(frame);
    body.remove_prefix(piece.size());
  } while (!body.empty());
}

void send_fault(const Fault& fault) {
  std::string text = fault.describe();
  std::replace_if(
      text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < ' '; }, ' ');
  std::string body = std::string(to_string(fault.kind)) + "\t" + fault.id + "\t" + text;
  send_frame(FrameKind::fault, std::string_view(body).substr(0, kFrameBody));
}

void Upload::next_frame() {
  const auto head = receive_head();
  if (!head || head->length > kFrameBody) {
    leave();
  }
  if (head->kind == FrameKind::end) {
    ended_ = true;
  } else if (head->kind == FrameKind::data) {
    left_in_frame_ = head->length;
  } else {
    leave();
  }
}

std::size_t Upload::read(char* buffer, std::size_t size) {
  while (left_in_frame_ == 0 && !ended_) {
    next_frame();
  }
  const std::size_t piece = std::min(size, left_in_frame_);
  receive(buffer, piece);
  left_in_frame_ -= piece;
  return piece;
}

void Upload::drain() {
  std::array<char, 4096> nowhere{};
  while (read(nowhere.data(), nowhere.size()) > 0) {
  }
}

}  // namespace phimilter::protect
