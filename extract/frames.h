// SPDX-License-Identifier: Apache-2.0
//
// What goes over the socket between the filter and one worker: frames of a type byte, a 64-bit
// big-endian length and that many bytes. The worker is believed nothing: its frames are bounded
// before memory is taken for them, and a deadline stands over the filter's side of the talk.
//
//   ready    worker -> filter   u32 Landlock ABI that is in force (0: this kernel has none)
//   refused  worker -> filter   one sentence: why the worker cannot jail itself; then it ends
//   message  filter -> worker   header fields, empty line, body
//   answer   worker -> filter   the message's text (extract/answer.h)
#pragma once

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "base/limits.h"
#include "base/result.h"

namespace phimilter::extract {

// In a worker: the talk with the filter, and the talk with its tool runner (extract/tool_runner.h).
inline constexpr int kWorkerSocket = 3;
inline constexpr int kToolSocket = 4;

enum class FrameType : std::uint8_t { ready = 1, refused = 2, message = 3, answer = 4 };

inline constexpr std::size_t kMessageFrame = limits::kMessageBytes + limits::kHeaderBytes + 2;

struct Frame {
  FrameType type{};
  std::string bytes;
};

using Deadline = std::chrono::steady_clock::time_point;

// Transient fault extract.talk: the other side is gone, says nonsense, says too much, or the
// deadline has passed. Without a deadline they wait for ever (the worker's side). The socket may be
// blocking: they never block past the deadline.
Status send_frame(int socket, FrameType type, std::initializer_list<std::string_view> pieces,
                  std::optional<Deadline> deadline);
Result<Frame> receive_frame(int socket, std::size_t longest, std::optional<Deadline> deadline);

}  // namespace phimilter::extract
