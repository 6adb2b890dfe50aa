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
MessageText read_message(std::string_view message);

}  // namespace phimilter::extract
