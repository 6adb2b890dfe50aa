// SPDX-License-Identifier: Apache-2.0
#include "phictl/key_stores.h"

namespace phimilter::phictl {

Result<std::unique_ptr<protect::Pgp>> open_keyring(const Settings& settings) {
  return protect::start_pgp(
      {.program = settings.pgp_program, .home = settings.pgp_home, .brokers = 1});
}

Result<std::unique_ptr<protect::Smime>> open_certificates(const Settings& settings) {
  return protect::open_smime(protect::smime_options(settings));
}

}  // namespace phimilter::phictl
