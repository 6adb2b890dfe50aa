// SPDX-License-Identifier: Apache-2.0
//
// Files that stand in a text as uuencode (POSIX), yEnc 1.3, BinHex 4.0 (RFC 1741) or plain base64
// lines: mail readers unpack them.
#pragma once

#include "extract/format_reader.h"

namespace phimilter::extract {

bool holds_encoded_files(const Document& document);
void read_encoded_files(const Document& document, ReadingSink& sink);

}  // namespace phimilter::extract
