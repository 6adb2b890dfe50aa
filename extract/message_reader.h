// SPDX-License-Identifier: Apache-2.0
//
// The hostile part: a message's bytes to its text. Runs in the jail, so it opens nothing and asks
// nobody.
#pragma once

#include <string_view>

#include "extract/message_text.h"

namespace phimilter::extract {

// Loads what the libraries load from files, and silences their logs. Once, before the jail.
void warm_up();

// Never fails: what cannot be read is opaque. `message`: header fields, empty line, body; lines end
// in CRLF or LF.
// `tools`: the socket of a tool runner (extract/tool_runner.h), or kNoTools: then PDF is opaque.
inline constexpr int kNoTools = -1;
MessageText read_message(std::string_view message, int tools);
inline MessageText read_message(std::string_view message) {
  return read_message(message, kNoTools);
}

}  // namespace phimilter::extract
