// SPDX-License-Identifier: Apache-2.0
//
// X.509 certificates as far as the command line must know them: what a file holds, whether a key
// belongs to it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "base/result.h"

namespace phimilter::phictl {

struct Certificate {
  FingerprintId fingerprint;  // SHA-256
  std::string subject;
  Timestamp expires{};
  std::string pem;
};

// PEM (one or more, text between them allowed) or DER. Empty: no certificate in it. Permanent
// fault: says that it holds one and cannot be parsed.
Result<std::vector<Certificate>> read_certificates(std::string_view bytes);

// Whether the PEM private key is the first certificate's. Configuration fault: not a key.
Result<bool> key_belongs(std::string_view certificate_pem, std::string_view key_pem);

// An OpenPGP key block by its first bytes: armored, or a binary public-key packet (RFC 4880 4.2).
bool looks_like_openpgp_key(std::string_view bytes);

}  // namespace phimilter::phictl
