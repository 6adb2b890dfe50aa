// SPDX-License-Identifier: Apache-2.0
//
// What the portal must remember of an entry: the question and the answer's hash, wrong tries,
// locks, the mailed code's hash, when it was first shown, how it ended. One sealed file an entry,
// mode 0600, on the disk when save() returns; the format stands on top of record_store.cc.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "base/result.h"
#include "base/secret.h"

namespace phimilter::portal {

struct AccessState {
  std::string question;     // empty: none came with the message
  std::string answer_hash;  // escrow::hash_answer
  int wrong_tries = 0;
  int locks = 0;  // since the last right answer: each lasts longer
  std::optional<Timestamp> locked_until;
  std::string code_hash;  // escrow::hash_answer of the mailed code; empty: none waits
  std::optional<Timestamp> code_expires;
  std::string code_address;           // that the code was mailed to; empty: the recipient's
  std::vector<Timestamp> codes_sent;  // of the last hour
  std::optional<Timestamp> first_shown;
  std::optional<Timestamp> expiry_noted;  // the expiry that is on record: an extension can follow
  std::string ended;  // "expired" or "retracted": the message is deleted, the link still says why
  std::optional<Timestamp> ended_at;
  // The record of the destruction, but for how it was done: from before it is begun until it is in
  // the journal. audit::to_json.
  std::string destruction;
  // After a right answer, or once a person has unlocked the entry.
  void begin_count_anew() {
    wrong_tries = 0;
    locks = 0;
    locked_until.reset();
  }
  bool operator==(const AccessState&) const = default;
};

class StateStore {
 public:
  virtual ~StateStore() = default;
  // Nothing kept yet: a state as new. Transient fault: could not tell (also a file that is broken,
  // of another entry, or sealed with another pepper); then nobody may be let in.
  virtual Result<AccessState> load(const EscrowId& id) = 0;
  virtual Status save(const EscrowId& id, const AccessState& state) = 0;
  virtual Result<std::vector<EscrowId>> list() = 0;
  virtual Status remove(const EscrowId& id) = 0;
};

// Makes the folder (0700). Configuration fault: cannot be made or written to. The pepper is copied.
Result<std::unique_ptr<StateStore>> open_state_store(const std::string& folder,
                                                     const Secret& pepper);

}  // namespace phimilter::portal
