// SPDX-License-Identifier: Apache-2.0
//
// How a held message comes back to the filter: phictl hands it in at the filtered listener with one
// header field that names the entry and the recipient, and that only who holds the link key can
// make. It vouches for this message to this recipient and nothing else. The filter takes the field
// off whatever it says.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/ids.h"
#include "base/secret.h"

namespace phimilter::delivery {

inline constexpr std::string_view kReleaseField = "X-Phi-Release";

struct Release {
  EscrowId id;                // of the held entry
  std::string recipient_key;  // mail::Address::key()
  bool probe = false;         // asks whether this listener has the filter; nothing is let go
  bool clear = false;         // without protection, where the settings allow that
  // Who gave the message to the MTA the first time: rules ask for it.
  std::string login{}, client{}, listener{};
  bool operator==(const Release&) const = default;
};

// Of the body alone: an MTA completes and rewrites header fields of mail from its own host.
DigestId body_digest(std::string_view body);

// The field's value, on one line. `digest`: body_digest() of the message.
std::string release_value(const Release& release, const DigestId& digest, const Secret& link_key);

// nullopt: not of the form, or not made with this key for this message.
std::optional<Release> believed_release(std::string_view value, const DigestId& digest,
                                        const Secret& link_key);

}  // namespace phimilter::delivery
