// SPDX-License-Identifier: Apache-2.0
//
// What a picture is for, as far as its header says: letters, bars and dots of a signature, or
// something to be read.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace phimilter::extract {

// Width times height. PNG (W3C), GIF89a, JPEG (T.81), BMP; nullopt: another format, or broken.
std::optional<std::uint64_t> picture_pixels_of(std::string_view bytes);

// Of few bytes and few pixels, as logos are. A fax (TIFF) never is.
bool is_decoration(std::string_view bytes);

}  // namespace phimilter::extract
