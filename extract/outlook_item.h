// SPDX-License-Identifier: Apache-2.0
//
// Outlook items (.msg, [MS-OXMSG]): mails, contacts, appointments, with recipients, attachments and
// the items inside them.
#pragma once

#include <cstddef>
#include <string_view>

#include "extract/compound_file.h"
#include "extract/format_reader.h"

namespace phimilter::extract {

inline constexpr std::string_view kOutlookProperties = "__properties_version1.0";

// The storage holds a stream of that name.
void read_outlook_item(CompoundFile& file, std::size_t storage, ReadingSink& sink);

}  // namespace phimilter::extract
