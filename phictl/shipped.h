// SPDX-License-Identifier: Apache-2.0
//
// What is installed, or was built, beside this program: so that rules can be tried where nothing is
// set up yet.
#pragma once

#include <string>

#include "base/result.h"

namespace phimilter::phictl {

// Configuration fault, naming the places that were looked at, when the file is in none of them.
Result<std::string> shipped_pack();    // policy/packs/hipaa.toml
Result<std::string> shipped_reader();  // phimilter-extract

}  // namespace phimilter::phictl
