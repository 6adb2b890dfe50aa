// SPDX-License-Identifier: Apache-2.0
//
// From a treatment to bytes: the copy that one group of recipients gets.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/brand.h"
#include "delivery/groups.h"
#include "escrow/entry.h"
#include "mail/message.h"
#include "policy/treatment.h"
#include "protect/pgp_mime.h"
#include "protect/protected_message.h"
#include "protect/smime.h"

namespace phimilter::delivery {

// Borrowed; a null pointer means: not configured.
struct ProtectionTools {
  protect::Pgp* pgp = nullptr;
  protect::Smime* smime = nullptr;
  Brands brands;  // whom notices are from
  std::string portal_url;
  std::string spool_folder;
};

// Where the real message of a portal recipient waits.
struct PortalPlace {
  escrow::Link link;
  Timestamp expires{};
  std::string language;  // "en", "es", or empty: both
};

// What leaves for one group. A clear copy (pass, tls) has no body of its own: it is the captured
// one.
struct Variant {
  mail::HeaderList headers;
  std::optional<mail::Spool> own_body;
  std::vector<std::string> algorithms;
  bool needs_8bit = false;
};

// The captured message must outlive the view. Transient fault: the spool cannot be read.
Result<std::string_view> body_of(const Variant& variant, const mail::CapturedMessage& message);

// For methods pass, tls, pgp, smime and portal; `place` is there for portal. `finding_texts`: what
// may not stand in the clear in anything that was protected. Transient fault: the tool failed; bug
// fault: what it made is exposed.
Result<Variant> protect_group(const Group& group, const mail::CapturedMessage& message,
                              std::span<const policy::Treatment> treatments,
                              const ProtectionTools& tools, const PortalPlace* place,
                              const std::vector<std::string_view>& finding_texts);

}  // namespace phimilter::delivery
