// SPDX-License-Identifier: Apache-2.0
//
// phimilter-extract with a reader that breaks on command, in the same zygote, worker and jail.
#include <fcntl.h>

#include <cstdlib>
#include <new>
#include <string_view>

#include "extract/message_reader.h"
#include "extract/zygote.h"

namespace {

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
  if (says("poison: throw")) {
    throw std::bad_alloc();
  }
  auto text = phimilter::extract::read_message(message, tools);
  if (says("poison: lie")) {
    text.parts.front().text = "\xFF\xFF";
  }
  if (says("poison: silence")) {
    text.parts.clear();
  }
  return text;
}

}  // namespace

int main() {
  phimilter::extract::warm_up();
  return phimilter::extract::run_zygote(&poisoned, {});
}
