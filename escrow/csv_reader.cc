// SPDX-License-Identifier: Apache-2.0
#include "escrow/csv_reader.h"

#include <optional>

namespace phimilter::escrow {

namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  bool at_end() const { return rest_.empty(); }
  std::size_t line() const { return line_; }

  // One row; a text says what is wrong with it.
  std::optional<std::string> row(std::vector<std::string>& cells) {
    for (;;) {
      cells.emplace_back();
      const bool is_quoted = take('"');
      if (auto problem = is_quoted ? quoted(cells.back()) : plain(cells.back())) {
        return problem;
      }
      if (take(',')) {
        continue;
      }
      if (rest_.empty() || take_line_end()) {
        return std::nullopt;
      }
      return "text stands after a closing quote";
    }
  }

 private:
  bool take(char c) {
    if (rest_.empty() || rest_.front() != c) {
      return false;
    }
    rest_.remove_prefix(1);
    return true;
  }

  bool take_line_end() {
    const std::size_t size = rest_.starts_with("\r\n") ? 2 : rest_.starts_with('\n') ? 1 : 0;
    rest_.remove_prefix(size);
    line_ += size > 0 ? 1 : 0;
    return size > 0;
  }

  std::optional<std::string> quoted(std::string& cell) {
    while (!rest_.empty()) {
      const char c = rest_.front();
      rest_.remove_prefix(1);
      if (c == '"' && !take('"')) {
        return std::nullopt;
      }
      line_ += c == '\n' ? 1 : 0;
      cell += c;
    }
    return "a quote is never closed";
  }

  std::optional<std::string> plain(std::string& cell) {
    const std::size_t end = std::min(rest_.find_first_of(",\n"), rest_.size());
    cell = rest_.substr(0, end);
    rest_.remove_prefix(end);
    if (cell.ends_with('\r') && (rest_.empty() || rest_.front() == '\n')) {
      cell.pop_back();
    }
    if (cell.find_first_of("\"\r") != std::string::npos) {
      return "a quote or a line end stands inside a cell that is not quoted";
    }
    return std::nullopt;
  }

  std::string_view rest_;
  std::size_t line_ = 1;
};

}  // namespace

CsvTable read_csv(std::string_view text) {
  if (text.starts_with(kByteOrderMark)) {
    text.remove_prefix(kByteOrderMark.size());
  }
  CsvTable table;
  Reader reader(text);
  while (!reader.at_end()) {
    CsvRow row;
    row.line = reader.line();
    if (auto problem = reader.row(row.cells)) {
      table.problems.push_back({row.line, std::move(*problem)});
      return table;
    }
    const bool empty = row.cells.size() == 1 && row.cells.front().empty();
    if (!empty) {
      table.rows.push_back(std::move(row));
    }
  }
  return table;
}

}  // namespace phimilter::escrow
