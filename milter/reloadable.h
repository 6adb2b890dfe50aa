// SPDX-License-Identifier: Apache-2.0
//
// Which settings a running filter can take anew.
#pragma once

#include <string>
#include <vector>

#include "base/settings.h"

namespace phimilter::milter {

// Puts what can change from `read` into `current`. Returns the names ("milter.socket") of what has
// changed and needs a restart; settings of other programs are not named.
std::vector<std::string> take_reloadable(const Settings& read, Settings& current);

}  // namespace phimilter::milter
