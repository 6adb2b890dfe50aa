// SPDX-License-Identifier: Apache-2.0
#include "phictl/held_verb.h"

namespace phimilter::phictl {

Outcome HeldVerb::run(const Invocation& invocation) {
  const auto settings = invocation.settings();
  if (!settings) {
    return report(invocation, settings.error());
  }
  const auto desk = open_held_desk(*settings);
  if (!desk) {
    return report(invocation, desk.error());
  }
  const auto entry = find_held(*desk, id_);
  if (!entry) {
    return report(invocation, entry.error());
  }
  const auto done = act(invocation, *desk, *entry);
  return done ? Outcome::ok : report(invocation, done.error());
}

}  // namespace phimilter::phictl
