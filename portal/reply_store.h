// SPDX-License-Identifier: Apache-2.0
//
// What recipients sent from the portal: what they see of it again, and how far its sending came, so
// that nothing is sent twice and nothing is taken for sent that was not. One sealed file a reply,
// on the disk when save() returns.
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

inline constexpr std::size_t kReplyText = 100'000;  // of one reply; past it: refused, and kept
inline constexpr std::size_t kReplies = 50;         // to one message; past it: "call us"

enum class ReplyStage {
  sending,   // perhaps it left: sent again under the same Message-ID
  accepted,  // the MTA has it; the journal does not say so yet
  recorded,
};

struct SentFile {
  std::string name;
  std::size_t size = 0;
  bool operator==(const SentFile&) const = default;
};

struct SentReply {
  std::string token;  // of the form that it was written in
  ReplyStage stage = ReplyStage::sending;
  Timestamp at{};
  std::string text;
  std::string forwarded_to;          // empty: to the sender
  std::vector<std::string> refused;  // others than the sender whom it could not be sent to
  std::vector<SentFile> files;
  bool operator==(const SentReply&) const = default;
};

// 32 lower-case hex digits: nothing else may name a file.
bool valid_reply_token(std::string_view token);

class ReplyStore {
 public:
  virtual ~ReplyStore() = default;
  // Transient fault: could not tell.
  virtual Result<std::optional<SentReply>> load(const EscrowId& id, std::string_view token) = 0;
  virtual Status save(const EscrowId& id, const SentReply& reply) = 0;
  virtual Status remove(const EscrowId& id, std::string_view token) = 0;
  virtual Result<std::size_t> count(const EscrowId& id) = 0;
  // Oldest first; of all stages. What cannot be read is left out and told in `faults`.
  virtual Result<std::vector<SentReply>> list(const EscrowId& id, std::vector<Fault>& faults) = 0;
  // When the entry ends.
  virtual Status remove_all(const EscrowId& id) = 0;
};

// Makes the folder (0700). Configuration fault: cannot be made or written to.
Result<std::unique_ptr<ReplyStore>> open_reply_store(const std::string& folder,
                                                     const Secret& pepper);

}  // namespace phimilter::portal
