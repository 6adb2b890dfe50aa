// SPDX-License-Identifier: Apache-2.0
//
// The journal for people and spreadsheets.
#pragma once

#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "audit/journal.h"

namespace phimilter::audit {

enum class ExportFormat { csv, jsonl };

struct ExportFilter {
  std::optional<Timestamp> from, until;  // from <= time < until
  std::string address;                   // sender or recipient, compared without case; empty: all
};

// Merges the journals by time. CSV: RFC 4180, one row a recipient, header row first, cells that a
// spreadsheet would run as a formula are quoted with a leading apostrophe. JSONL: the records as
// they stand, one a line.
Result<std::uint64_t> export_journals(const std::vector<std::string>& folders, ExportFormat format,
                                      const ExportFilter& filter, std::ostream& out);

}  // namespace phimilter::audit
