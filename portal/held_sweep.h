// SPDX-License-Identifier: Apache-2.0
//
// Held messages about which nobody decided in time: the sender is told, it is recorded, they are
// deleted. What phictl released or refused and could not delete goes at the same time.
#pragma once

#include "delivery/held_end.h"
#include "portal/sweep.h"

namespace phimilter::portal {

// One round. A fault at one entry leaves it for the next round.
SweepReport sweep_held(const delivery::HeldParts& held);

}  // namespace phimilter::portal
