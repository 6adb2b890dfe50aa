// SPDX-License-Identifier: Apache-2.0
#include "phictl/console.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "base/files.h"
#include "base/time_zone.h"

namespace phimilter::phictl {
namespace {

// Width as a terminal shows it, near enough: code points, not bytes.
std::size_t shown_width(const std::string& cell) {
  return static_cast<std::size_t>(std::count_if(cell.begin(), cell.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  }));
}

// The kernel said no, and to root it would say yes.
bool is_for_root(const Fault& fault) {
  const std::string denied = std::generic_category().message(EACCES);
  return ::geteuid() != 0 &&
         std::any_of(fault.fields.begin(), fault.fields.end(), [&](const auto& field) {
           return field.first == "error" && field.second == denied;
         });
}

}  // namespace

Result<Settings> Invocation::settings() const {
  auto settings = load_settings(settings_file);
  if (settings) {
    use_time_zone(settings->organisation_time_zone);
  }
  return settings;
}

Outcome report(const Invocation& invocation, const Fault& fault) {
  invocation.err << "phictl: " << fault.describe() << (is_for_root(fault) ? "; run it as root" : "")
                 << "\n";
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
