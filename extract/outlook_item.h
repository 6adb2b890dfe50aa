// SPDX-License-Identifier: Apache-2.0
//
// Outlook items (.msg, [MS-OXMSG]): mails, contacts, appointments, with recipients, attachments and
// the items inside them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string_view>
#include <vector>

#include "extract/compound_file.h"
#include "extract/format_reader.h"

namespace phimilter::extract {

inline constexpr std::string_view kOutlookProperties = "__properties_version1.0";

// The numbers that named properties of this file go by in all files, by their number in this one.
using OutlookNames = std::map<std::uint16_t, std::uint32_t>;
OutlookNames read_outlook_names(CompoundFile& file);

// The storage holds a stream kOutlookProperties. Its attachments that are storages are not read
// here: the caller reads storages_inside_item().
void read_outlook_item(CompoundFile& file, std::size_t storage, const OutlookNames& names,
                       ReadingSink& sink);
std::vector<std::size_t> storages_inside_item(const CompoundFile& file, std::size_t storage);

}  // namespace phimilter::extract
