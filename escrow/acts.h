// SPDX-License-Identifier: Apache-2.0
//
// What people decide about an entry after it was sealed. Each act is a small file beside the entry,
// JSON with a code of authenticity that only who holds the portal's pepper can make: the filter can
// write to the folder, and can lengthen no entry's life and lift no lock.
//
//   mac := HMAC-SHA-256(act key, "phimilter act 1\n" kind "\n" id "\n" time "\n" expires "\n" by)
//   act key := HKDF-SHA-256(ikm = pepper, salt = empty, info = "phimilter acts 1", 32 bytes)
//   times as RFC 3339 with microseconds, UTC; `expires` empty where the kind has none
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/ids.h"
#include "base/result.h"
#include "base/secret.h"

namespace phimilter::escrow {

struct Act {
  std::string by;  // a person
  Timestamp time{};
};

// The last moment of the entry's life is moved to `expires`.
struct Extension {
  Act act;
  Timestamp expires{};
};

Secret act_key(const Secret& pepper);

std::string extension_to_json(const EscrowId& id, const Extension& extension, const Secret& key);
// nullopt: not of the form or, where `key` is given, not authentic.
std::optional<Extension> extension_from_json(const EscrowId& id, std::string_view json,
                                             const Secret* key);

std::string unlock_to_json(const EscrowId& id, const Act& act, const Secret& key);
std::optional<Act> unlock_from_json(const EscrowId& id, std::string_view json, const Secret* key);

// Needs no authenticity: who can write to the folder can delete the entry as well.
std::string retraction_to_json(const Act& act);
std::optional<Act> retraction_from_json(std::string_view json);

}  // namespace phimilter::escrow
