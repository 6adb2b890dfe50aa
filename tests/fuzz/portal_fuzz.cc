// SPDX-License-Identifier: Apache-2.0
#include <string>

#include "fuzz_target.h"
#include "portal/file_name.h"
#include "portal/opened_message.h"
#include "portal/sanitise.h"

// What the portal shows: a message out of the vault, and a sender's HTML.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto choice = phimilter::fuzz::choose(phimilter::fuzz::bytes_of(data, size), 2);
  if (choice.way == 0) {
    (void)phimilter::portal::sanitise(choice.rest, [](std::string_view) { return std::nullopt; });
    return 0;
  }
  auto message = phimilter::portal::OpenedMessage::parse(std::string(choice.rest));
  if (!message) {
    return 0;
  }
  for (std::size_t i = 0; i < message->attachments().size(); ++i) {
    if (const auto source = message->attachment(i); source) {
      (void)phimilter::portal::read_all(**source, 1 << 30);
    }
    (void)phimilter::portal::harmless_file_name(message->attachments()[i].name);
  }
  if (message->html()) {
    (void)phimilter::portal::sanitise(
        *message->html(), [&](std::string_view id) { return message->inline_image(id); });
  }
  return 0;
}
