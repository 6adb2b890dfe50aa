// SPDX-License-Identifier: Apache-2.0
//
// TNEF ([MS-OXTNEF], "winmail.dat"): Outlook's message inside a mail, with its attachments as
// members.
#pragma once

#include "extract/format_reader.h"

namespace phimilter::extract {

bool is_tnef(const Document& document);
void read_tnef(const Document& document, ReadingSink& sink);

}  // namespace phimilter::extract
