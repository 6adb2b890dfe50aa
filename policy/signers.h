// SPDX-License-Identifier: Apache-2.0
//
// Who signs without a goodbye: a name behind the last sentence of a text, or the block of a
// letterhead under it. Private to regions.h.
#pragma once

#include <string_view>
#include <vector>

#include "policy/regions.h"
#include "policy/text_lines.h"

namespace phimilter::policy {

// At most one signature.
Regions find_signer(std::string_view text, const Tokens& tokens,
                    const std::vector<TextLine>& lines);

}  // namespace phimilter::policy
