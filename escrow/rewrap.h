// SPDX-License-Identifier: Apache-2.0
//
// The change of the portal's key: what is sealed in the vault is wrapped to the new key, its body
// untouched, while filter and portal go on. Run it again after a kill: it goes on where it stopped.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include "base/files.h"
#include "escrow/seal_head.h"
#include "escrow/seal_keys.h"

namespace phimilter::escrow {

// Writes a head to the open file. False: the path names it no longer, since it was destroyed or
// replaced meanwhile, and its head is overwritten (again).
Result<bool> put_head(const UniqueFd& fd, const SealHead& head, const std::string& path);

// One sealed file in place: the new wrap is on the disk before the old one is overwritten.
Status rewrap_file(const std::string& path, const KeyRing& keys, const PublicKey& to);

struct RewrapReport {
  std::size_t changed = 0;  // in this pass
  std::size_t waiting = 0;  // being sealed just now, to another key
};
// Every sealed file of a vault's folder, and every recipient and attached address in a folder of
// recipients. Faults at one file end the pass: nothing is lost, the old key is still needed.
// Recipients are held one at a time (whole_write.h), and waited for so long.
Result<RewrapReport> rewrap_vault(const std::string& folder, const KeyRing& keys,
                                  const PublicKey& to);
Result<RewrapReport> rewrap_recipients(
    const std::string& folder, const KeyRing& keys, const PublicKey& to,
    std::chrono::milliseconds patience = std::chrono::seconds(20));

}  // namespace phimilter::escrow
