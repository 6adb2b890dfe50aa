// SPDX-License-Identifier: Apache-2.0
//
// A held message on its way back to the filter.
#pragma once

#include "phictl/held_desk.h"

namespace phimilter::phictl {

// First asks the listener, with an empty message that names the entry, whether it is the filter's
// and knows the link key: what was held must not go to one that would let it pass. Then gives it
// the message. On return the filter has let it go and marked the entry. Faults: it has not, or that
// could not be told; saying it again is safe.
Status submit_held(const HeldDesk& desk, const escrow::EntryFacts& facts, bool clear);

}  // namespace phimilter::phictl
