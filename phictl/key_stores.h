// SPDX-License-Identifier: Apache-2.0
//
// The places of recipients' keys, opened as the settings say.
#pragma once

#include <memory>

#include "base/settings.h"
#include "protect/pgp_mime.h"
#include "protect/smime.h"

namespace phimilter::phictl {

// One broker: a command does one thing at a time.
Result<std::unique_ptr<protect::Pgp>> open_keyring(const Settings& settings);

// For looking at certificates: without the organisation's own key, which is not phictl's business.
Result<std::unique_ptr<protect::Smime>> open_certificates(const Settings& settings);

}  // namespace phimilter::phictl
