// SPDX-License-Identifier: Apache-2.0
#include "phictl/console.h"

#include <algorithm>

#include "base/files.h"

namespace phimilter::phictl {
namespace {

// Width as a terminal shows it, near enough: code points, not bytes.
std::size_t shown_width(const std::string& cell) {
  return static_cast<std::size_t>(std::count_if(cell.begin(), cell.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  }));
}

}  // namespace

Outcome report(const Invocation& invocation, const Fault& fault) {
  invocation.err << "phictl: " << fault.describe() << "\n";
  return Outcome::problem;
}

Outcome misused(const Invocation& invocation, const std::string& what) {
  invocation.err << "phictl: " << what << "\n";
  return Outcome::usage;
}

std::string for_people(Timestamp at) {
  if (at == Timestamp{}) {
    return "-";
  }
  std::string text = rfc3339(at).substr(0, 16);
  std::replace(text.begin(), text.end(), 'T', ' ');
  return text + " UTC";
}

void write_table(std::ostream& out, const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], shown_width(row[i]));
    }
  }
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      const bool last = i + 1 == row.size();
      out << row[i] << (last ? "\n" : std::string(widths[i] - shown_width(row[i]) + 2, ' '));
    }
  }
}

Result<std::string> read_input(const Invocation& invocation, const std::string& name,
                               std::size_t longest) {
  if (name != "-") {
    return read_file(name, longest);
  }
  std::string bytes;
  std::vector<char> piece(64 * 1024);
  while (invocation.in.read(piece.data(), static_cast<std::streamsize>(piece.size())) ||
         invocation.in.gcount() > 0) {
    bytes.append(piece.data(), static_cast<std::size_t>(invocation.in.gcount()));
    if (bytes.size() > longest) {
      return fail(configuration_fault("phictl.input", "what stands on standard input is too long"));
    }
  }
  return bytes;
}

}  // namespace phimilter::phictl
