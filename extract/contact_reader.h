// SPDX-License-Identifier: Apache-2.0
//
// vCard (2.1, RFC 2426, RFC 6350) and iCalendar (RFC 5545) as labelled lines.
#pragma once

#include "extract/format_reader.h"

namespace phimilter::extract {

bool is_contact_or_event(const Document& document);
void read_contact_or_event(const Document& document, ReadingSink& sink);

}  // namespace phimilter::extract
