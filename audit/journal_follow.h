// SPDX-License-Identifier: Apache-2.0
//
// A journal that another program writes, for who ships it: what stands in its files is durable.
#pragma once

#include <memory>
#include <string>

#include "audit/journal.h"

namespace phimilter::audit {

// The folder need not be there yet. append() is a bug.
std::unique_ptr<Journal> follow_journal(const std::string& folder);

}  // namespace phimilter::audit
