// SPDX-License-Identifier: Apache-2.0
//
// The organisation's certificate and key, with which protected mail is signed inside. For this
// room's S/MIME files only; not a contract.
#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "protect/openssl_handles.h"

namespace phimilter::protect {

struct Signer {
  Certificate certificate;
  PrivateKey key;
  std::vector<Certificate> chain;
};

// PEM files. Configuration fault: not readable, not of one pair, or not meant for signing mail.
Result<Signer> read_signer(const std::string& certificate_file, const std::string& key_file);
// Configuration fault: expired, or not valid yet.
Status check_signer_dates(const Signer& signer, Timestamp now);

}  // namespace phimilter::protect
