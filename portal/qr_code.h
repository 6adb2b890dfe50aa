// SPDX-License-Identifier: Apache-2.0
//
// A QR code as inline SVG, black on white with its quiet zone whatever the page's colours.
#pragma once

#include <string>
#include <string_view>

#include "portal/html.h"

namespace phimilter::portal {

// `label` is read to who cannot see it. Empty: the text is too long for a QR code.
Html qr_code(std::string_view text, const std::string& label);

}  // namespace phimilter::portal
