// SPDX-License-Identifier: Apache-2.0
//
// Stretches of a text that speak about something else than a patient: signatures, the header lines
// and attributions of quoted mail, confidentiality notices, footers of bulk mail.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "policy/tokens.h"

namespace phimilter::policy {

enum class RegionKind {
  signature,    // the sender's, or a quoted writer's: its names, phones and addresses are no
                // patient's
  attribution,  // "On Tue, Jane Roe <...> wrote:", "From: ... Sent: ... To: ..." of a quoted mail
  // In these nothing is evidence, unless something in them tells of one person after all
  // (Judgement::tells_of_person).
  disclaimer,  // "This message may contain protected health information ..."
  footer,      // unsubscribe lines, postal address of a bulk mail
};

struct Region {
  RegionKind kind = RegionKind::signature;
  std::size_t from = 0;  // bytes of the normalised text
  std::size_t to = 0;
};

// By `from`, not overlapping.
using Regions = std::vector<Region>;

class Lexicon;

// The words by which find_regions() knows notices and footers, as classes of tokens.
void add_region_words(Lexicon& lexicon);
// The tokens come from a lexicon that has those words.
Regions find_regions(std::string_view normalised, const Tokens& tokens);
// nullptr: the place is in none.
const Region* region_at(const Regions& regions, std::size_t offset);

}  // namespace phimilter::policy
