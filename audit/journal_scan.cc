// SPDX-License-Identifier: Apache-2.0
#include "audit/journal_scan.h"

namespace phimilter::audit {

namespace {

constexpr std::size_t kLostHeads = 10;  // of one file

// Empty: nothing is wrong.
std::string problem_with(const LineView& line, const std::optional<ChainEnd>& end, FileScan& scan) {
  if (!hash_matches(line)) {
    return "hash does not match";
  }
  if (end && line.sequence != end->sequence + 1) {
    return "sequence " + std::to_string(line.sequence) + " follows " +
           std::to_string(end->sequence);
  }
  if (end && line.previous != end->hash) {
    return "does not continue the line before";
  }
  const auto record = record_from_json(line.record);
  if (!record) {
    return "holds no decision record";
  }
  if (record->sequence != line.sequence) {
    return "the record has another sequence than its line";
  }
  if (record->event == Event::head_lost && scan.lost_heads.size() < kLostHeads) {
    scan.lost_heads.push_back(scan.lines);
  }
  return "";
}

}  // namespace

Result<FileScan> scan_file(const JournalFile& file, std::optional<ChainEnd>& end,
                           const std::function<bool(std::uint64_t, const std::string&)>& problem) {
  auto lines = LineFile::open(file.path);
  if (!lines) {
    return fail(lines);
  }
  FileScan scan;
  for (;;) {
    const auto line = lines->next();
    if (!line) {
      return fail(line.error());
    }
    if (!*line) {
      break;
    }
    ++scan.lines;
    const auto view = parse_line(**line);
    std::string what = view ? problem_with(*view, end, scan) : "not a line of a journal";
    if (what.empty() && scan.lines == 1 && view->sequence != file.first) {
      what = "the file's name says another sequence";
    }
    if (!what.empty() && !problem(scan.lines, what)) {
      return scan;
    }
    if (view) {
      end = ChainEnd{view->sequence, std::string(view->hash)};
    }
    scan.whole_bytes = lines->offset();
  }
  const auto rest = lines->bytes_after_offset();
  if (!rest) {
    return fail(rest.error());
  }
  scan.torn_bytes = *rest;
  return scan;
}

}  // namespace phimilter::audit
