// SPDX-License-Identifier: Apache-2.0
//
// What the verbs around certificates have in common: the import, and how certificates are printed.
#pragma once

#include <string>
#include <vector>

#include "base/settings.h"
#include "phictl/console.h"
#include "protect/certificate_desk.h"

namespace phimilter::phictl {

// Configuration fault: smime.certificates is not set, or cannot be read.
Result<std::unique_ptr<protect::CertificateDesk>> open_desk(const Settings& settings);

enum class ImportMode {
  each,         // what is good is taken, whatever else is refused
  all_or_none,  // nothing is taken when something is refused
  dry_run,      // nothing is taken
};

// Imports and prints what became of each certificate; refusals go to `err`. `person` vouches for
// what is good: of several for one address the newest is the one to use from now on. A problem when
// something was refused.
Outcome import_certificates(const Invocation& invocation, const Settings& settings,
                            const protect::CertificateDesk::Files& files, ImportMode mode,
                            const std::string& person);

// One certificate and what it says, on lines of its own.
void print_certificate(std::ostream& out, std::string_view what,
                       const protect::CertificateDescription& certificate);

std::string joined(const std::vector<std::string>& words, std::string_view separator = ", ");

}  // namespace phimilter::phictl
