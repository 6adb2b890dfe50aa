// SPDX-License-Identifier: Apache-2.0
//
// Claims among the hosts that share a vault's folder: locked files in it (flock, which NFS carries
// to the server). A claim ends with who had it, however that ends.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "escrow/vault.h"

namespace phimilter::escrow {

// Null: somebody else has it, and had it for so long.
Result<std::unique_ptr<VaultClaim>> claim_file(const std::string& path,
                                               std::chrono::milliseconds patience);
// The file for this entry's claim; a few hundred entries share each.
// Waits for who has it. Transient fault: not in time.
Result<std::unique_ptr<VaultClaim>> claim_entry(const std::string& folder, const EscrowId& id,
                                                ClaimKind kind);
std::string claim_path(const std::string& folder, const EscrowId& id, ClaimKind kind);

}  // namespace phimilter::escrow
