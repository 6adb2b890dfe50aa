// SPDX-License-Identifier: Apache-2.0
//
// Which files a browser may show, and how. Whatever could run a script is only ever saved.
#pragma once

#include <string_view>

#include "portal/opened_message.h"

namespace phimilter::portal {

enum class FileView {
  none,     // saved only
  text,     // on a page of ours
  message,  // on a page of ours
  picture,  // its bytes, under a type that browsers know
  pdf,      // its bytes
};

inline constexpr std::size_t kViewedText = 512 * 1024;  // past it: saved only

FileView view_of(const Attachment& file);
// The type its bytes are given out under; empty: they are not what its name or type says, and are
// saved.
std::string_view viewed_type(const Attachment& file, std::string_view start);
inline constexpr std::size_t kFileStart = 1024;

}  // namespace phimilter::portal
