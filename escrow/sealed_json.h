// SPDX-License-Identifier: Apache-2.0
//
// Facts and proofs as they stand inside their seals. Permanent fault "escrow.damaged": they cannot
// be read.
#pragma once

#include <string>
#include <string_view>

#include "escrow/entry.h"

namespace phimilter::escrow {

std::string facts_to_json(const EntryFacts& facts);
Result<EntryFacts> facts_from_json(std::string_view json, bool bound);
Secret proof_to_json(const Proof& proof);
Result<Proof> proof_from_json(const Secret& json);

}  // namespace phimilter::escrow
