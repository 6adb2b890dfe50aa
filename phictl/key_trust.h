// SPDX-License-Identifier: Apache-2.0
//
// What a person's word does to keys: importing one is trusting it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/settings.h"
#include "protect/key_book.h"
#include "protect/smime.h"

namespace phimilter::phictl {

// Null: there is none yet, so nothing in it has to be changed.
Result<std::unique_ptr<protect::KeyBook>> open_key_book(const Settings& settings);

// The key is the one to use for each of these addresses from now on.
Status vouch_for(const Settings& settings, protect::KeyKind kind, const FingerprintId& fingerprint,
                 const std::vector<std::string>& addresses, const std::string& person);

// A person took the certificate (PEM) away: it is used for none of its addresses, wherever it comes
// from next, until somebody trusts it again. One that has ended is forgotten: it is never used.
Status refuse_certificate(const Settings& settings,
                          const protect::CertificateDescription& certificate, std::string pem,
                          const std::string& person);

// A person brought the key again, and it cannot be used yet: nothing else speaks against it.
Status forget_refusals(const Settings& settings, protect::KeyKind kind,
                       const FingerprintId& fingerprint, const std::vector<std::string>& addresses);

// "AB12 cd34 ..." as a fingerprint; nullopt: it is none.
std::optional<FingerprintId> typed_fingerprint(const std::string& text);

}  // namespace phimilter::phictl
