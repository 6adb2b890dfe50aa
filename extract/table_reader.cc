// SPDX-License-Identifier: Apache-2.0
#include "extract/table_reader.h"

#include <algorithm>
#include <array>
#include <string>

#include "base/encoding.h"
#include "extract/hl7_segments.h"
#include "extract/record_values.h"

namespace phimilter::extract {
namespace {

constexpr std::size_t kSniffedRows = 40;
constexpr std::size_t kQuotedCell = 32'768;  // what a spreadsheet holds; past it: a stray quote
constexpr std::size_t kRowsOfTable = 3;
constexpr std::size_t kCellsOfTable = 3;
// What separates the columns of a table that is drawn with blanks.
constexpr char kBlankColumns = ' ';

struct Row {
  std::string line;  // cells with TAB between them
  std::size_t cells = 0;
  bool only_rule = true;  // nothing but the dashes that Markdown draws under its header
};

class RowReader {
 public:
  RowReader(std::string_view text, char delimiter) : rest_(text), delimiter_(delimiter) {}

  bool at_end() const { return rest_.empty(); }

  Row next() {
    Row row;
    bool more = true;
    while (more) {
      if (row.cells > 0) {
        row.line.push_back('\t');
      }
      more = cell(row);
      ++row.cells;
    }
    return row;
  }

 private:
  // Returns whether another cell follows in this row.
  bool cell(Row& row) {
    const std::size_t quote = rest_.find_first_not_of(' ');
    if (!stray_quotes_ && quote < rest_.size() && rest_[quote] == '"') {
      const std::size_t closing = closing_quote(quote + 1);
      stray_quotes_ = closing == std::string_view::npos;
      if (!stray_quotes_) {
        append_quoted(row, rest_.substr(quote + 1, closing - quote - 1));
        rest_.remove_prefix(closing + 1);
      }
    }
    const std::size_t end = std::min(cell_end(), rest_.size());
    append(row, trimmed(rest_.substr(0, end)));
    const bool more = end < rest_.size() && rest_[end] != '\n';
    rest_.remove_prefix(std::min(end + 1, rest_.size()));
    if (more && delimiter_ == kBlankColumns) {
      rest_.remove_prefix(std::min(rest_.find_first_not_of(' '), rest_.size()));
    }
    return more;
  }

  std::size_t cell_end() const {
    if (delimiter_ != kBlankColumns) {
      const std::array<char, 2> ends{delimiter_, '\n'};
      return rest_.find_first_of(std::string_view(ends.data(), ends.size()));
    }
    return rest_.find("  ");  // of a single line
  }

  std::size_t closing_quote(std::size_t from) const {
    const std::string_view cell = rest_.substr(0, from + kQuotedCell);
    std::size_t at = cell.find('"', from);
    while (at != cell.npos && at + 1 < cell.size() && cell[at + 1] == '"') {
      at = cell.find('"', at + 2);
    }
    return at;
  }

  static void append_quoted(Row& row, std::string_view cell) {
    std::string plain;
    for (std::size_t i = 0; i < cell.size(); ++i) {
      plain.push_back(cell[i]);
      i += cell[i] == '"' ? 1U : 0U;  // a quote is written twice
    }
    append(row, trimmed(plain));
  }

  static void append(Row& row, std::string_view cell) {
    for (const char c : cell) {
      row.line.push_back(c == '\n' || c == '\t' || c == '\r' ? ' ' : c);
    }
    row.only_rule = row.only_rule && cell.find_first_not_of("-:=+ ") == cell.npos;
  }

  std::string_view rest_;
  char delimiter_;
  bool stray_quotes_ = false;
};

bool is_declared(const Document& document) {
  const std::string name = ascii_lower(document.name);
  return document.declared_type == "text/csv" || document.declared_type == "application/csv" ||
         document.declared_type == "text/x-csv" ||
         document.declared_type == "text/comma-separated-values" ||
         document.declared_type == "text/tab-separated-values" || name.ends_with(".csv") ||
         name.ends_with(".tsv") || name.ends_with(".tab") || name.ends_with(".psv");
}

// The delimiter that cuts most rows into one number of cells, the more the better.
char sniffed_delimiter(std::string_view text) {
  char best = ',';
  std::size_t best_score = 0;
  for (const char delimiter : {',', ';', '\t', '|'}) {
    std::array<std::size_t, 64> rows{};
    RowReader reader(text, delimiter);
    for (std::size_t i = 0; i < kSniffedRows && !reader.at_end(); ++i) {
      ++rows[std::min(reader.next().cells, rows.size() - 1)];
    }
    const auto* const most = std::max_element(rows.begin() + 2, rows.end());
    const std::size_t score = *most * static_cast<std::size_t>(most - rows.begin());
    if (*most > 0 && score > best_score) {
      best_score = score;
      best = delimiter;
    }
  }
  return best;
}

void write_row(const Row& row, ReadingSink& sink) {
  if (!row.only_rule || row.line.empty()) {
    sink.text(row.line);
    sink.text("\n");
  }
}

void read_declared(std::string_view text, ReadingSink& sink) {
  char delimiter = sniffed_delimiter(text);
  const std::string_view first = text.substr(0, text.find('\n'));
  if (first.size() == 5 && first.starts_with("sep=")) {  // a note for spreadsheet programs
    delimiter = first.back();
    text.remove_prefix(std::min(first.size() + 1, text.size()));
  }
  RowReader rows(text, delimiter);
  while (!rows.at_end() && !sink.full()) {
    write_row(rows.next(), sink);
  }
}

std::string_view without_quote_marks(std::string_view line) {
  while (line.starts_with('>') || (line.starts_with(' ') && line.substr(1).starts_with('>'))) {
    line.remove_prefix(1);
  }
  return line;
}

// Tables that stand in a text: at least three lines, one below the other, of one number of cells.
class PastedTables {
 public:
  // The bars of HL7 v2 draw no columns.
  explicit PastedTables(std::string_view text)
      : text_(text), delimiters_(holds_hl7(text) ? ";, " : "|;, ") {}

  bool any() {
    return find([](const std::vector<Row>&) { return false; });
  }

  void write(ReadingSink& sink) {
    find([&](const std::vector<Row>& rows) {
      for (const Row& row : rows) {
        write_row(row, sink);
      }
      sink.text("\n");
      return !sink.full();
    });
  }

 private:
  // `take` returns false to stop. Returns whether there was any.
  template <typename Take>
  bool find(Take take) {
    bool found = false;
    for (const char delimiter : delimiters_) {
      std::vector<Row> rows;
      const auto finish = [&] {
        const bool table = rows.size() >= kRowsOfTable;
        found = found || table;
        const bool goes_on = !table || take(rows);
        rows.clear();
        return goes_on;
      };
      for (std::string_view rest = text_; !rest.empty();) {
        const std::size_t end = std::min(rest.find('\n'), rest.size());
        Row row = row_of(without_quote_marks(rest.substr(0, end)), delimiter);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        const bool same = !rows.empty() && rows.back().cells == row.cells;
        if (!same && !finish()) {
          return true;
        }
        if (row.cells >= kCellsOfTable) {
          rows.push_back(std::move(row));
        }
      }
      if (!finish()) {
        return true;
      }
    }
    return found;
  }

  static Row row_of(std::string_view line, char delimiter) {
    line = delimiter == kBlankColumns ? trimmed(line) : line;
    const std::string_view needle =
        delimiter == kBlankColumns ? "  " : std::string_view(&delimiter, 1);
    const std::size_t first = line.find(needle);
    const bool twice = first != line.npos && line.find(needle, first + 1) != line.npos;
    return twice ? RowReader(line, delimiter).next() : Row{};
  }

  std::string_view text_;
  std::string_view delimiters_;
};

}  // namespace

bool is_table(const Document& document) {
  return is_declared(document) || PastedTables(document.bytes).any();
}

void read_table(const Document& document, ReadingSink& sink) {
  if (is_declared(document)) {
    read_declared(document.bytes, sink);
  } else {
    PastedTables(document.bytes).write(sink);
  }
}

}  // namespace phimilter::extract
