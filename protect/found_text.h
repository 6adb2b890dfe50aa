// SPDX-License-Identifier: Apache-2.0
//
// Whether something that was found stands in a text that will be in the clear.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace phimilter::protect {

// Compared without ASCII case. A text of less than 4 bytes is not looked for; one with a digit is
// found inside a longer one too, one without as whole words only.
bool stands_in(std::string_view clear, std::string_view found);

// Any of them. `numbers_alone`: those with a digit; a name may stand where names belong.
bool any_stands_in(std::string_view clear, std::span<const std::string> found,
                   bool numbers_alone = false);

bool has_digit(std::string_view text);

}  // namespace phimilter::protect
