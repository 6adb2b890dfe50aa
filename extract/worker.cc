// SPDX-License-Identifier: Apache-2.0
#include "extract/worker.h"

#include <malloc.h>

#include <string>
#include <utility>

#include "extract/answer.h"
#include "extract/frames.h"
#include "extract/jail.h"

namespace phimilter::extract {
namespace {

// Past this, the memory of a message goes back to the system before the next one: a worker lives
// for many messages.
constexpr std::size_t kLargeMessage = limits::kMiB;

bool serve_one(int socket, MessageReader reader) {
  auto frame = receive_frame(socket, kMessageFrame, std::nullopt);
  if (!frame || frame->type != FrameType::message) {
    return false;
  }
  grant_cpu_for_one_message();
  const bool large = frame->bytes.size() > kLargeMessage;
  std::string answer = encode_answer(reader(frame->bytes, kToolSocket));
  frame->bytes = std::string();
  const auto sent = send_frame(socket, FrameType::answer, {answer}, std::nullopt);
  answer = std::string();
  if (large) {
    ::malloc_trim(0);
  }
  return sent.has_value();
}

}  // namespace

int run_worker(int socket, int tools, MessageReader reader) {
  const auto jailed = enter_jail(socket, tools);
  if (!jailed) {
    const std::string why = jailed.error().describe();
    (void)send_frame(kWorkerSocket, FrameType::refused, {why}, std::nullopt);
    return 1;
  }
  const std::string abi = encode_number(static_cast<std::uint32_t>(jailed->landlock_abi));
  if (!send_frame(kWorkerSocket, FrameType::ready, {abi}, std::nullopt)) {
    return 0;
  }
  while (serve_one(kWorkerSocket, reader)) {
  }
  return 0;
}

}  // namespace phimilter::extract
