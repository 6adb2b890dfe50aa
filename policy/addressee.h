// SPDX-License-Identifier: Apache-2.0
//
// Whether a mail goes to one person outside and to nobody else there: then what it tells of
// somebody's care may be told to that person about that person, without any name in the text.
#pragma once

#include <string>
#include <vector>

#include "policy/lexicon.h"

namespace phimilter::policy {

// `recipients`: those outside, by display name or else address, as in MessageContext. False for
// offices, mailboxes of a duty ("billing@...") and people with a provider's title.
bool goes_to_one_person(const Lexicon& lexicon, const std::vector<std::string>& recipients);

}  // namespace phimilter::policy
