// SPDX-License-Identifier: Apache-2.0
#include "audit/csv_writer.h"

namespace phimilter::audit {

std::string csv_cell(std::string_view text) {
  std::string cell;
  if (!text.empty() && (std::string_view("=+-@").find(text.front()) != std::string_view::npos ||
                        static_cast<unsigned char>(text.front()) < 0x20)) {
    cell += '\'';
  }
  cell += text;
  if (cell.find_first_of(",\"\r\n") == std::string::npos) {
    return cell;
  }
  std::string quoted = "\"";
  for (const char c : cell) {
    quoted.append(c == '"' ? 2 : 1, c);
  }
  return quoted + "\"";
}

std::string csv_row(std::initializer_list<std::string_view> cells) {
  std::string row;
  for (const std::string_view cell : cells) {
    row += csv_cell(cell) + ",";
  }
  row.pop_back();
  return row + "\r\n";
}

}  // namespace phimilter::audit
