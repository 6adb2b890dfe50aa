// SPDX-License-Identifier: Apache-2.0
//
// The one line that each message leaves in the log. Private to milter/.
#pragma once

#include <string_view>

namespace phimilter::milter {

struct Work;

// `result`: accepted, deferred or refused.
void log_message(const Work& work, std::string_view result);

}  // namespace phimilter::milter
