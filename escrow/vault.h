// SPDX-License-Identifier: Apache-2.0
//
// Where portal and held messages wait, sealed on disk to the portal's public key (X25519): who may
// write cannot read. The file format stands on top of sealed_file.cc, which writes it.
//
// Folder: <id>.sealed (facts and message), <id>.proof (question and answer, sealed; empty once
// the portal has taken them in), <id>.notice (empty: the notice was accepted by the MTA),
// <id>.retracted (JSON: by, time), <id>.released (empty: a held message was let go), <id>.extended
// and <id>.unlock (acts.h), <id>.doomed (shredded, or about to be: what a crash leaves is ended by
// who sweeps), <random>.sealing (being written; what a crash leaves is swept at the next opening).
//
// The folder is there before: mode 2770 (setgid), group of both users (packaging: phimilter and
// phiportal in group phiescrow), so that each file gets that group. Files have mode 0660 whatever
// the umask: the portal overwrites the key of what it deletes, whoever wrote it.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "escrow/acts.h"
#include "escrow/entry.h"
#include "escrow/seal_crypto.h"
#include "mail/spool.h"

namespace phimilter::escrow {

// Of a held message: waiting_for_notice until the hold is on record, open until a person decides,
// retracted once it is refused, released once it was let go.
enum class EntryState { waiting_for_notice, open, expired, retracted, released };
std::string_view to_string(EntryState state);

struct EntryStatus {  // readable without any key
  EscrowId id;
  EntryState state = EntryState::open;
  Timestamp created{}, expires{};  // `expires` as it was extended
  std::uint64_t size = 0;          // of the sealed file
  bool bound = false;              // the message opens with its link alone
  std::optional<Extension> extension{};
  std::optional<Act> retraction{};
  // Perhaps there is a proof to take in, or a lock to lift. False, in a list alone: neither.
  bool waits_for_portal = true;
};

// Nothing is readable longer than that after it was sent.
inline constexpr std::chrono::hours kLongestLife{24 * 3653};

// Before it is on record: whether extend() would take it. Permanent faults as there.
Status may_be_extended(const EntryStatus& entry, const Extension& extension);

// The filter's side, and phictl's: writes, lists, retracts. Needs the public key only.
class VaultWriter {
 public:
  virtual ~VaultWriter() = default;
  // Sealed and durable (file and folder synced) on return. `write_message` writes header fields, an
  // empty line and body. Sealing the same id again replaces message and proof; notice and
  // retraction stay. Transient fault: the disk said no, and what was there before is there still.
  virtual Status seal(const EntryFacts& facts, const std::optional<Proof>& proof,
                      const std::function<Status(mail::ByteSink&)>& write_message) = 0;
  virtual Status mark_noticed(const EscrowId& id) = 0;  // permanent fault: no such entry
  // True-or-fault: the marker is durable; the portal refuses the entry from then on and deletes it.
  virtual Status retract(const EscrowId& id, const std::string& by, Timestamp now) = 0;
  // The entry, expired or not, can be read until extension.expires. Durable on return; who calls
  // has it on record first. Permanent fault: no such entry (its retention has ended), retracted,
  // shorter than it is now ("escrow.not_longer"), past kLongestLife ("escrow.too_long").
  virtual Status extend(const EscrowId& id, const Extension& extension, const Secret& act_key) = 0;
  // The portal lifts the entry's lock within seconds and records it. Permanent fault: no such
  // entry.
  virtual Status ask_unlock(const EscrowId& id, const Act& act, const Secret& act_key) = 0;
  // Held messages only. True-or-fault: the marker is durable, and the entry is never let go again.
  virtual Status mark_released(const EscrowId& id) = 0;  // permanent fault: no such entry
  virtual Result<std::optional<EntryStatus>> status(const EscrowId& id,
                                                    Timestamp now) = 0;  // nullopt: no such entry
  virtual Result<std::vector<EntryStatus>> list(Timestamp now) = 0;
};

// Configuration fault: folder not writable or a key is none. `recovery_key_file`: the public key to
// which the links of bound entries are sealed; empty: none. Both files are looked at again when
// they change. Threads: a writer may be shared.
Result<std::unique_ptr<VaultWriter>> open_vault_writer(const std::string& folder,
                                                       const std::string& public_key_file,
                                                       const std::string& recovery_key_file = {});

// A message's plain bytes (header fields, an empty line, body) in any order. One thread at a time.
class MessageBytes {
 public:
  virtual ~MessageBytes() = default;
  virtual std::uint64_t size() const = 0;
  // Fills `out` as far as the message goes, and says how far.
  virtual Result<std::size_t> read_at(std::uint64_t offset, std::span<std::uint8_t> out) = 0;
};

// What became of the wrapped key, without which nothing of the message can be opened: overwritten
// in place and synced, deleted with the file only (who may not write to it), or gone before.
enum class Removal { overwritten, deleted, gone };
std::string_view to_string(Removal removal);

// While it lives, no other portal, and no other thread of this one, has the same claim.
class VaultClaim {
 public:
  virtual ~VaultClaim() = default;
};
// What of an entry is changed by one at a time.
enum class ClaimKind { proofs, replies };
// What one portal does for all that share a vault.
enum class Round { sweep, mails };

// The portal's side: reads and deletes. Needs the private key. Threads: a reader may be shared.
// Permanent fault: no such entry, or damaged; transient: unreadable; configuration: sealed to
// another key.
class VaultReader {
 public:
  virtual ~VaultReader() = default;
  virtual Result<std::optional<EntryStatus>> status(const EscrowId& id,
                                                    Timestamp now) = 0;  // nullopt: no such entry
  virtual Result<EntryFacts> facts(const EscrowId& id) = 0;
  // Decrypts chunk by chunk into `out`; bytes are authentic when they arrive, a fault means that
  // what follows is missing. Memory: two chunks.
  // `link_secret`: as it stands in the link; an entry that is bound to its link opens by it alone
  // (permanent fault "escrow.link_needed" without), others need none.
  virtual Status read_message(const EscrowId& id, std::string_view link_secret,
                              mail::ByteSink& out) = 0;
  Status read_message(const EscrowId& id, mail::ByteSink& out) {
    return read_message(id, std::string_view(), out);
  }
  // Nothing is missing of what is opened, and it can be read to its end whatever happens to the
  // entry meanwhile. Memory: two chunks for as long as it is open. `link_secret` as above.
  virtual Result<std::unique_ptr<MessageBytes>> open_message(const EscrowId& id,
                                                             std::string_view link_secret) = 0;
  // Of a bound entry: its link secret, for sending the notice again. Configuration fault: the entry
  // is not sealed to that recovery key.
  virtual Result<std::string> recover_link(const EscrowId& id, const KeyPair& recovery) = 0;
  Result<std::unique_ptr<MessageBytes>> open_message(const EscrowId& id) {
    return open_message(id, std::string_view());
  }
  virtual Result<std::optional<Proof>> take_proof(
      const EscrowId& id) = 0;  // reads; remove_proof() once it is kept
  // Question and answer are gone, synced; that there were some stays known until remove().
  virtual Status remove_proof(const EscrowId& id) = 0;
  virtual Result<bool> proof_removed(const EscrowId& id) = 0;
  virtual Result<std::vector<EntryStatus>> list(Timestamp now) = 0;
  // An authentic wish to lift the entry's lock; forget_unlock() once it is done.
  virtual Result<std::optional<Act>> unlock_asked(const EscrowId& id) = 0;
  virtual Status forget_unlock(const EscrowId& id) = 0;
  // Several portals may share a vault, and one of them sweeps it, and one mails; when it ends or
  // its host dies, another one can. Null: another one does.
  virtual Result<std::unique_ptr<VaultClaim>> claim_round(Round /*round*/) {
    return std::make_unique<VaultClaim>();
  }
  // Of an entry, or of one that was there: waits for who has it. Transient fault: not in time.
  // Other entries may share it, so nobody claims two.
  virtual Result<std::unique_ptr<VaultClaim>> claim(const EscrowId& /*id*/, ClaimKind /*kind*/) {
    return std::make_unique<VaultClaim>();
  }
  // The same without waiting. Null: somebody has it.
  virtual Result<std::unique_ptr<VaultClaim>> try_claim(const EscrowId& /*id*/,
                                                        ClaimKind /*kind*/) {
    return std::make_unique<VaultClaim>();
  }
  // The first half of a removal: the entry is there no more, and the wrapped key of its message is
  // overwritten; synced. Shredded before, and not removed yet: the same answer again.
  virtual Result<Removal> shred(const EscrowId& id) = 0;
  // Every file of the entry, shredded first. An entry that is gone is removed already.
  virtual Result<Removal> remove(const EscrowId& id) = 0;
  // Entries whose removal was begun and is not ended.
  virtual Result<std::vector<EscrowId>> half_removed() = 0;
};

// `act_key` empty: no extension and no unlocking counts.
Result<std::unique_ptr<VaultReader>> open_vault_reader(const std::string& folder,
                                                       const std::string& private_key_file,
                                                       Secret act_key = {});

// `phictl setup keys`: portal.key (private, mode 0600), portal.pub, link.key, pepper.key. Never
// overwrites.
Status generate_keys(const std::string& private_key_file, const std::string& public_key_file);
Status generate_secret_file(const std::string& path, std::size_t size);

}  // namespace phimilter::escrow
