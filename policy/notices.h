// SPDX-License-Identifier: Apache-2.0
//
// Confidentiality notices: paragraphs, or sentences at the end of one, that speak about the message
// and not about anybody. Private to regions.h.
#pragma once

#include <string_view>
#include <vector>

#include "policy/regions.h"
#include "policy/text_lines.h"

namespace phimilter::policy {

class Lexicon;

void add_notice_words(Lexicon& lexicon);
Regions find_notices(std::string_view text, const Tokens& tokens,
                     const std::vector<TextLine>& lines);

}  // namespace phimilter::policy
