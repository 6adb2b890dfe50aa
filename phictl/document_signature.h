// SPDX-License-Identifier: Apache-2.0
//
// A document signed by the organisation: a detached CMS signature (RFC 5652) in PEM, which
// `openssl cms -verify -binary` checks.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "base/settings.h"

namespace phimilter::phictl {

struct SigningKey {
  std::string certificate, key;  // PEM files; the certificate with its chain
};

// smime.sign_certificate where there is one, else portal.certificate. Configuration fault: neither.
Result<SigningKey> signing_key(const Settings& settings);
// Configuration fault: the files cannot be used together.
Result<std::string> sign_document(std::string_view document, const SigningKey& with);

}  // namespace phimilter::phictl
