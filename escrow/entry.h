// SPDX-License-Identifier: Apache-2.0
//
// What a sealed entry is about. All of it is inside the seal, but the id and the expiry.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "base/secret.h"

namespace phimilter::escrow {

// What the recipient must know. An answer is compared after normalising (case, spaces, date
// spellings): see proof.h.
struct Proof {
  std::string question;
  Secret answer;
};

struct EntryFacts {
  EscrowId id;
  TokenId token;  // ties the entry to the journal
  std::string queue_id;
  std::string sender;  // reverse-path; replies and requests go here
  std::string recipient;
  std::string subject;   // decoded, UTF-8
  std::string language;  // "en", "es" or empty: both
  bool sensitive = false;
  Timestamp created{};
  Timestamp expires{};  // read from the vault: as it was extended
  // Of a held message, which is handed in a second time: what the MTA said about the first.
  std::vector<std::string> mail_arguments{}, recipient_arguments{};
  std::string login{}, client{}, listener{};
  // Link::secret, for reminders and for sending the notice again. Of a bound entry it is there to
  // seal with and never comes back, and nor does the subject: only the notice has it.
  std::string link_secret{};
  bool bound = false;  // the message opens with its link alone
  bool may_reply_all = false,
       may_forward = false;  // whom the recipient may write to, but the sender
  // Where the policy asks for it: the recipient is reminded after so many days, and the sender told
  // when it is first shown. Else as the settings say.
  std::optional<int> remind_days{};
  bool receipt = false;
  std::string batch{};  // of which run it is; empty: of none
};

// Half of the link a recipient gets is the key to find the entry: id = first 16 bytes of
// SHA-256(link secret as it is spelled), hex. The link secret is HMAC-SHA-256(link key, token in
// hex), so that a replay of the same intent makes the same link.
struct Link {
  EscrowId id;
  std::string secret;     // base64url, 43 characters; goes into the notice and nowhere else
  std::string reference;  // "7KQ4-M2P9", from the id: may be shown to anybody
};

Link make_link(const Secret& link_key, const TokenId& token);
// The id that a link secret leads to; nullopt when it is not of the form.
std::optional<EscrowId> id_of_link_secret(std::string_view secret);
std::string reference_of(const EscrowId& id);

}  // namespace phimilter::escrow
