// SPDX-License-Identifier: Apache-2.0
//
// Which MAPI properties say something to a reader, and under which label.
#pragma once

#include <cstdint>
#include <string_view>

namespace phimilter::extract {

enum class MapiMeaning {
  plumbing,  // identifiers and types of Outlook's own, or what is written elsewhere (bodies)
  text,      // if it is a string
  date,      // of a time, the day
  time,
};

struct MapiLabel {
  MapiMeaning meaning = MapiMeaning::text;
  std::string_view name = "Note";
};

// `named`: as in MapiItem::add. `contact`: the item is one of the address book.
MapiLabel mapi_label(std::uint16_t id, std::uint32_t named, bool contact);

}  // namespace phimilter::extract
