// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <map>

#include "base/encoding.h"
#include "base/limits.h"
#include "escrow/csv_reader.h"
#include "escrow/proof.h"
#include "escrow/recipients.h"

namespace phimilter::escrow {

namespace {

constexpr std::size_t kLongestImport = 64 * limits::kMiB;  // past it: permanent fault
constexpr std::array<std::string_view, 8> kColumns = {
    "address",  "question",     "answer",          "passphrase",
    "language", "consent_date", "consent_version", "consent_expires"};

std::string all_columns() {
  std::string out;
  for (const std::string_view column : kColumns) {
    out += (out.empty() ? "" : ", ") + std::string(column);
  }
  return out;
}

class Import {
 public:
  Import(ImportReport& report, CsvTable table) : report_(report), table_(std::move(table)) {}

  // The rows that are fine; report.errors says what is wrong with the others.
  std::vector<RecipientRow> rows() {
    for (const CsvProblem& problem : table_.problems) {
      error(problem.line, problem.what);
    }
    std::vector<RecipientRow> out;
    if (table_.rows.empty() || !read_header()) {
      if (report_.errors.empty()) {
        error(1, "a header row is needed: " + all_columns());
      }
      return out;
    }
    for (auto row = std::next(table_.rows.begin()); row != table_.rows.end(); ++row) {
      if (is_blank(*row)) {
        continue;
      }
      ++report_.rows;
      if (auto read = read_row(*row)) {
        out.push_back(std::move(*read));
      }
    }
    return out;
  }

  // What the file says nothing about stays as it is on file.
  void keep_unnamed(const RecipientEntry& before, RecipientEntry& entry) const {
    const auto keep = [&](const char* column, std::string RecipientEntry::*field) {
      if (!columns_.contains(column)) {
        entry.*field = before.*field;
      }
    };
    keep("language", &RecipientEntry::language);
    keep("consent_date", &RecipientEntry::consent_date);
    keep("consent_version", &RecipientEntry::consent_version);
    keep("consent_expires", &RecipientEntry::consent_expires);
  }
  void error(const mail::Address& address, const std::string& what) {
    error(lines_.at(address.key()), what);
  }

 private:
  void error(std::size_t line, const std::string& what) {
    report_.errors.push_back("line " + std::to_string(line) + ": " + what);
  }

  // As spreadsheets save what is below the last row.
  static bool is_blank(const CsvRow& row) {
    return std::all_of(row.cells.begin(), row.cells.end(),
                       [](const std::string& cell) { return trim(cell).empty(); });
  }

  bool read_header() {
    const CsvRow& header = table_.rows.front();
    for (std::size_t i = 0; i < header.cells.size(); ++i) {
      const std::string name = ascii_lower(trim(header.cells[i]));
      if (std::find(kColumns.begin(), kColumns.end(), name) == kColumns.end()) {
        error(header.line, "column " + std::to_string(i + 1) + " is none of " + all_columns());
      } else if (!columns_.emplace(name, i).second) {
        error(header.line, "column " + name + " stands twice");
      }
    }
    if (!columns_.contains("address")) {
      error(header.line, "the column address is missing");
    }
    return report_.errors.empty();
  }

  std::string_view cell(const CsvRow& row, const std::string& column) const {
    const auto at = columns_.find(column);
    return at == columns_.end() ? std::string_view() : trim(row.cells[at->second]);
  }

  std::optional<RecipientRow> read_row(const CsvRow& row) {
    if (row.cells.size() != columns_.size()) {
      error(row.line, std::to_string(row.cells.size()) + " cells, and the header row has " +
                          std::to_string(columns_.size()));
      return std::nullopt;
    }
    const std::size_t errors_before = report_.errors.size();
    auto address = read_address(row);
    RecipientEntry entry;
    entry.language = read_language(row);
    entry.consent_date = read_date(row, "consent_date");
    entry.consent_expires = read_date(row, "consent_expires");
    entry.consent_version = cell(row, "consent_version");
    if (const std::string wrong = wrong_version(entry.consent_version); !wrong.empty()) {
      error(row.line, "consent_version: " + wrong);
    }
    auto proof = read_proof(row, entry.language);
    if (!address || report_.errors.size() != errors_before) {
      return std::nullopt;
    }
    entry.has_proof = proof.has_value();
    return RecipientRow{std::move(*address), std::move(entry), std::move(proof)};
  }

  std::optional<mail::Address> read_address(const CsvRow& row) {
    auto address = mail::Address::parse(cell(row, "address"));
    if (!address) {
      error(row.line, "address: not a mail address");
      return std::nullopt;
    }
    const auto [first, is_new] = lines_.emplace(address->key(), row.line);
    if (!is_new) {
      error(row.line, "address: stands already in line " + std::to_string(first->second));
      return std::nullopt;
    }
    return std::move(*address);
  }

  std::string read_language(const CsvRow& row) {
    std::string language = ascii_lower(cell(row, "language"));
    if (!language.empty() && language != "en" && language != "es") {
      error(row.line, "language: en, es or empty");
    }
    return language;
  }

  std::string read_date(const CsvRow& row, const std::string& column) {
    std::string date(cell(row, column));
    if (const std::string wrong = date.empty() ? "" : wrong_day(date); !wrong.empty()) {
      error(row.line, column + ": " + wrong);
    }
    return date;
  }

  std::optional<Proof> read_proof(const CsvRow& row, std::string_view language) {
    const std::string_view question = cell(row, "question"), answer = cell(row, "answer"),
                           passphrase = cell(row, "passphrase");
    if (question.empty() && answer.empty() && passphrase.empty()) {
      return std::nullopt;
    }
    if (!passphrase.empty() && !(question.empty() && answer.empty())) {
      error(row.line, "passphrase: it stands alone, without question and answer");
      return std::nullopt;
    }
    if (!passphrase.empty()) {
      check_answer_text(row, "passphrase", passphrase);
      return Proof{passphrase_question(language), Secret(passphrase)};
    }
    check_text(row, "question", question, limits::kProofQuestion);
    check_answer_text(row, "answer", answer);
    return Proof{std::string(question), Secret(answer)};
  }

  void check_answer_text(const CsvRow& row, const std::string& column, std::string_view answer) {
    check_text(row, column, answer, limits::kProofAnswer);
    if (!answer.empty() && normalise_answer(answer).empty()) {
      error(row.line, column + ": a letter or a digit is needed");
    }
    if (is_spoiled(answer)) {
      error(row.line, column +
                          ": the spreadsheet has spoiled it (an error word, or a number in the "
                          "form 1.23E+08); format the column as text");
    }
  }

  // What spreadsheets write in place of what a person typed: #REF!, #N/A, 4.4719E+07.
  static bool is_spoiled(std::string_view text) {
    constexpr std::string_view kErrors[] = {"#N/A",    "#REF!", "#NAME?", "#VALUE!",
                                            "#DIV/0!", "#NUM!", "#NULL!"};
    if (std::find(std::begin(kErrors), std::end(kErrors), text) != std::end(kErrors) ||
        (text.starts_with("###") && text.find_first_not_of('#') == std::string_view::npos)) {
      return true;
    }
    const std::size_t exponent = text.find_first_of("eE");
    return exponent != std::string_view::npos && exponent > 0 && exponent + 2 < text.size() &&
           (text[exponent + 1] == '+' || text[exponent + 1] == '-') &&
           text.substr(0, exponent).find_first_not_of("0123456789.,") == std::string_view::npos &&
           text.substr(exponent + 2).find_first_not_of("0123456789") == std::string_view::npos;
  }

  // A cell that a spreadsheet would run was not meant as text by a person, or will bite whoever
  // opens it next.
  static bool is_formula(std::string_view text) {
    constexpr std::string_view kNumber = "0123456789 ().,/-";
    const bool signed_number = (text.front() == '+' || text.front() == '-') &&
                               text.find_first_not_of(kNumber, 1) == std::string_view::npos;
    return std::string_view("=+-@").find(text.front()) != std::string_view::npos && !signed_number;
  }
  void check_text(const CsvRow& row, const std::string& column, std::string_view text,
                  std::size_t longest) {
    if (text.empty()) {
      error(row.line, column + ": empty, while the other half of the proof is not");
    } else if (is_formula(text)) {
      error(row.line, column + ": starts like a spreadsheet formula");
    } else if (text.size() > longest) {
      error(row.line, column + ": longer than " + std::to_string(longest) + " bytes");
    } else if (std::any_of(text.begin(), text.end(),
                           [](char c) { return static_cast<unsigned char>(c) < 0x20; })) {
      error(row.line, column + ": control characters or line ends stand in it");
    }
  }

  ImportReport& report_;
  CsvTable table_;
  std::map<std::string, std::size_t> columns_;
  std::map<std::string, std::size_t> lines_;  // address key -> line
};

// Leaves out the rows that say what is on file already.
Result<std::vector<RecipientRow>> changes(RecipientStore& store, Import& import,
                                          std::vector<RecipientRow> rows, ImportReport& report) {
  std::vector<RecipientRow> out;
  for (RecipientRow& row : rows) {
    auto found = store.find(row.address);
    if (!found) {
      return fail(found);
    }
    const RecipientEntry before = found->value_or(RecipientEntry{});
    import.keep_unnamed(before, row.entry);
    if (const std::string wrong = wrong_consent(row.entry); !wrong.empty()) {
      import.error(row.address, wrong);
    }
    row.entry.has_proof = row.proof.has_value() || before.has_proof;
    if (!*found) {
      ++report.added;
      out.push_back(std::move(row));
    } else if (row.proof || row.entry != before) {
      ++report.changed;
      out.push_back(std::move(row));
    }
  }
  return out;
}

}  // namespace

Result<ImportReport> import_recipients(RecipientStore& store, std::string_view csv, bool dry_run) {
  if (csv.size() > kLongestImport) {
    return fail(permanent_fault("escrow.import_size", "the file is larger than 64 MiB"));
  }
  ImportReport report;
  const auto text = csv_text(csv);
  if (!text) {
    report.errors.push_back("line " + text.error().fields.front().second + ": " +
                            text.error().text);
    return report;
  }
  Import import(report, read_csv(*text));
  std::vector<RecipientRow> rows = import.rows();
  if (!report.errors.empty()) {
    return report;
  }
  std::unique_ptr<VaultClaim> held;
  if (!dry_run) {
    auto taken = store.hold(kHoldPatience);
    if (!taken) {
      return fail(taken);
    }
    held = std::move(*taken);
  }
  auto changed = changes(store, import, std::move(rows), report);
  if (!changed) {
    return fail(changed);
  }
  if (!dry_run && report.errors.empty()) {
    if (auto written = store.put_all(*changed); !written) {
      return fail(written);
    }
  }
  return report;
}

}  // namespace phimilter::escrow
