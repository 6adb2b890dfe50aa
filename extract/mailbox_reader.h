// SPDX-License-Identifier: Apache-2.0
//
// Mailbox files of the mbox family (RFC 4155): each message is read as one.
#pragma once

#include "extract/format_reader.h"

namespace phimilter::extract {

bool is_mailbox(const Document& document);       // whatever it is called
bool is_mailbox_file(const Document& document);  // and is not called a text
void read_mailbox(const Document& document, ReadingSink& sink);

}  // namespace phimilter::extract
