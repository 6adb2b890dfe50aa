// SPDX-License-Identifier: Apache-2.0
#include "phictl/labelled_mail.h"

#include <algorithm>
#include <array>
#include <optional>
#include <set>

#include "escrow/csv_reader.h"

namespace phimilter::phictl {
namespace {

Fault bad_line(const std::string& file, std::size_t line, const std::string& what) {
  return configuration_fault("phictl.labels", file + ":" + std::to_string(line) + ": " + what);
}

std::optional<Label> label_from(std::string_view name) {
  if (name == "phi") {
    return Label::phi;
  }
  if (name == "not_phi") {
    return Label::not_phi;
  }
  return name == "grey" ? std::optional(Label::grey) : std::nullopt;
}

struct Columns {
  std::size_t path = 0, label = 0, category = 0;
};

Result<Columns> find_columns(const escrow::CsvRow& header, const std::string& file) {
  Columns out;
  const std::array wanted = {std::pair{"path", &out.path}, std::pair{"label", &out.label},
                             std::pair{"category", &out.category}};
  for (const auto& [name, place] : wanted) {
    const auto found = std::find(header.cells.begin(), header.cells.end(), name);
    if (found == header.cells.end()) {
      return fail(bad_line(file, header.line,
                           "the column '" + std::string(name) +
                               "' is missing; needed are path, label and category"));
    }
    *place = static_cast<std::size_t>(found - header.cells.begin());
  }
  return out;
}

Result<LabelledMail> read_row(const escrow::CsvRow& row, const Columns& columns,
                              const std::string& file) {
  if (row.cells.size() <= std::max({columns.path, columns.label, columns.category})) {
    return fail(bad_line(file, row.line, "the row has fewer cells than the header"));
  }
  const auto label = label_from(row.cells[columns.label]);
  if (!label) {
    return fail(bad_line(file, row.line, "the label must be phi, not_phi or grey"));
  }
  LabelledMail out{row.cells[columns.path], *label, row.cells[columns.category]};
  if (out.path.empty() || out.category.empty()) {
    return fail(bad_line(file, row.line, "path and category must not be empty"));
  }
  return out;
}

}  // namespace

Result<std::vector<LabelledMail>> read_labels(std::string_view csv, const std::string& file) {
  const escrow::CsvTable table = escrow::read_csv(csv);
  if (!table.problems.empty()) {
    return fail(bad_line(file, table.problems.front().line, table.problems.front().what));
  }
  if (table.rows.empty()) {
    return fail(bad_line(file, 1, "there is no header row"));
  }
  const auto columns = find_columns(table.rows.front(), file);
  if (!columns) {
    return fail(columns.error());
  }
  std::vector<LabelledMail> out;
  std::set<std::string> paths;
  for (std::size_t i = 1; i < table.rows.size(); ++i) {
    auto mail = read_row(table.rows[i], *columns, file);
    if (!mail) {
      return fail(mail);
    }
    if (!paths.insert(mail->path).second) {
      return fail(bad_line(file, table.rows[i].line, "the path stands in an earlier row already"));
    }
    out.push_back(std::move(*mail));
  }
  return out;
}

}  // namespace phimilter::phictl
