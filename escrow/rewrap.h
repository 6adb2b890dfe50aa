// SPDX-License-Identifier: Apache-2.0
//
// The change of the portal's key: what is sealed in the vault is wrapped to the new key, its body
// untouched, while filter and portal go on. Run it again after a kill: it goes on where it stopped.
#pragma once

#include <cstddef>
#include <string>

#include "escrow/seal_keys.h"

namespace phimilter::escrow {

// One sealed file in place: the new wrap is on the disk before the old one is overwritten.
Status rewrap_file(const std::string& path, const KeyRing& keys, const PublicKey& to);

struct RewrapReport {
  std::size_t changed = 0;  // in this pass
  std::size_t waiting = 0;  // being sealed just now, to another key
};
// Every sealed file of a vault's folder, and every recipient and attached address in a folder of
// recipients. Faults at one file end the pass: nothing is lost, the old key is still needed.
Result<RewrapReport> rewrap_vault(const std::string& folder, const KeyRing& keys,
                                  const PublicKey& to);
Result<RewrapReport> rewrap_recipients(const std::string& folder, const KeyRing& keys,
                                       const PublicKey& to);

}  // namespace phimilter::escrow
