// SPDX-License-Identifier: Apache-2.0
//
// The files of the vault, as writer and reader both see them: names, and what an entry's clear
// header and its markers say.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "base/result.h"
#include "escrow/sealed_file.h"
#include "escrow/vault.h"

namespace phimilter::escrow {

inline constexpr std::string_view kSealedSuffix = ".sealed";
inline constexpr std::string_view kProofSuffix = ".proof";
inline constexpr std::string_view kNoticeSuffix = ".notice";
inline constexpr std::string_view kRetractedSuffix = ".retracted";
inline constexpr std::string_view kReleasedSuffix = ".released";
inline constexpr std::string_view kExtendedSuffix = ".extended";
inline constexpr std::string_view kUnlockSuffix = ".unlock";
inline constexpr std::string_view kDoomedSuffix = ".doomed";
inline constexpr std::string_view kTemporarySuffix =
    ".sealing";  // being written, or left behind by a crash
inline constexpr std::string_view kSweepLock = "/.sweep";   // held by the portal that sweeps
inline constexpr std::string_view kMailsLock = "/.mails";   // and by the one that mails
inline constexpr std::string_view kClaimLock = "/.claim-";  // and a number: of some entries
inline constexpr mode_t kVaultFileMode = 0660;
inline constexpr std::size_t kFactsBytes = 64 * 1024;
inline constexpr std::size_t kProofBytes = 16 * 1024;

std::string vault_path(const std::string& folder, const EscrowId& id, std::string_view suffix);
SealHeader vault_header(const EscrowId& id, SealKind kind, Timestamp created, Timestamp expires);

// Whether a file is there. Transient fault: could not tell.
Result<bool> file_present(const std::string& path);
Status remove_file(const std::string& path);  // absent already: fine

// How extensions are believed: by none, by whatever stands there (to show it), by the key.
struct ActTrust {
  enum class Kind { none, claimed, keyed };
  Kind kind = Kind::claimed;
  const Secret* key = nullptr;
};
// The small file of an act; nullopt: none. Transient fault: could not tell.
Result<std::optional<std::string>> read_act(const std::string& folder, const EscrowId& id,
                                            std::string_view suffix);

// nullopt: no such entry. Permanent fault: the file is not what its name says.
Result<std::optional<EntryStatus>> entry_status(const std::string& folder, const EscrowId& id,
                                                Timestamp now, const ActTrust& trust = {});
// Entries in the order of their ids. A file that is none, or cannot be read, is left out and handed
// to `odd_file`: one of them never hides the others.
using OddFile = std::function<void(const Fault& fault)>;
Result<std::vector<EntryStatus>> list_entries(const std::string& folder, Timestamp now,
                                              const OddFile& odd_file, const ActTrust& trust = {});

// What a crash left of an entry that was being removed or sealed. A day is longer than any sealing
// takes.
void sweep_orphans(const std::string& folder, const std::vector<std::string>& names);

}  // namespace phimilter::escrow
