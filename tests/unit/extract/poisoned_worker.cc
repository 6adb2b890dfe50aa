// SPDX-License-Identifier: Apache-2.0
//
// phimilter-extract with a reader that breaks on command, in the same zygote, worker and jail.
#include <fcntl.h>
#include <sys/socket.h>

#include <cstdint>
#include <cstdlib>
#include <new>
#include <string>
#include <string_view>

#include "extract/answer.h"
#include "extract/message_reader.h"
#include "extract/zygote.h"

namespace {

void say(const std::string& bytes) {
  (void)!::send(3, bytes.data(), bytes.size(), 0);
}

phimilter::extract::MessageText poisoned(std::string_view message, int tools) {
  const auto says = [message](std::string_view word) {
    return message.find(word) != std::string_view::npos;
  };
  if (says("poison: abort")) {
    std::abort();
  }
  if (says("poison: hang")) {
    const volatile bool forever = true;
    while (forever) {
    }
  }
  if (says("poison: open")) {
    (void)::open("/etc/passwd", O_RDONLY);
  }
  if (says("poison: socket")) {
    (void)::socket(AF_INET, SOCK_STREAM, 0);
  }
  if (says("poison: throw")) {
    throw std::bad_alloc();
  }
  // A worker that somebody has taken over says what it likes.
  if (says("poison: garbage")) {
    say(std::string(4096, '\xA5'));
  }
  if (says("poison: endless")) {
    say(std::string("\x04\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF", 9));
  }
  if (says("poison: count")) {
    say(std::string("\x04\0\0\0\0\0\0\0\x05\0\xFF\xFF\xFF\xFF", 14));
  }
  if (says("poison: refuse")) {
    say(std::string("\x02\0\0\0\0\0\0\0\x01x", 10));
  }
  auto text = phimilter::extract::read_message(message, tools);
  if (says("poison: lie")) {
    text.parts.front().text = "\xFF\xFF";
  }
  if (says("poison: silence")) {
    text.parts.clear();
  }
  if (says("poison: twice")) {
    const std::string answer = phimilter::extract::encode_answer(text);
    std::string frame("\x04\0\0\0\0", 5);
    frame += phimilter::extract::encode_number(static_cast<std::uint32_t>(answer.size()));
    say(frame + answer);
  }
  return text;
}

}  // namespace

int main() {
  phimilter::extract::warm_up();
  return phimilter::extract::run_zygote(&poisoned, {});
}
