// SPDX-License-Identifier: Apache-2.0
//
// The journals that the settings name, as a reader sees them.
#pragma once

#include <functional>
#include <ostream>
#include <string>
#include <vector>

#include "audit/journal.h"
#include "base/result.h"
#include "base/settings.h"

namespace phimilter::phictl {

// The journal folders that are there: the filter's, then the portal's. Configuration fault: none
// is, or one cannot be looked into.
Result<std::vector<std::string>> journals_of(const Settings& settings);

// Says which of the configured folders are not there (the portal's only where escrow.folder is
// set), and returns how many: journals_of() passes over them, as whoever only lists messages may.
std::size_t name_missing_journals(const Settings& settings, std::ostream& err);

// Every record, journal by journal. Fault: one cannot be read, or holds what is no record.
Status each_record(const std::vector<std::string>& journals,
                   const std::function<void(const audit::Record&)>& use);

}  // namespace phimilter::phictl
