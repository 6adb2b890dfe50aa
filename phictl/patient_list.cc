// SPDX-License-Identifier: Apache-2.0
#include "phictl/patient_list.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>

#include "base/encoding.h"
#include "escrow/csv_reader.h"
#include "policy/normalise.h"
#include "policy/roster.h"
#include "policy/validators.h"

namespace phimilter::phictl {
namespace {

using policy::RosterKind;

enum class Column {
  record_number,
  social_security,
  phone,
  mail_address,
  given,
  surname,
  name,
  birth
};

// By the letters of the header cell: "Date of Birth" is "dateofbirth".
std::optional<Column> column_of(std::string_view cell) {
  constexpr std::array<std::pair<std::string_view, Column>, 24> kNames{{
      {"mrn", Column::record_number},
      {"medicalrecordnumber", Column::record_number},
      {"recordnumber", Column::record_number},
      {"patientid", Column::record_number},
      {"ssn", Column::social_security},
      {"socialsecuritynumber", Column::social_security},
      {"phone", Column::phone},
      {"phonenumber", Column::phone},
      {"telephone", Column::phone},
      {"mobile", Column::phone},
      {"email", Column::mail_address},
      {"emailaddress", Column::mail_address},
      {"given", Column::given},
      {"givenname", Column::given},
      {"first", Column::given},
      {"firstname", Column::given},
      {"surname", Column::surname},
      {"last", Column::surname},
      {"lastname", Column::surname},
      {"familyname", Column::surname},
      {"name", Column::name},
      {"dob", Column::birth},
      {"birthdate", Column::birth},
      {"dateofbirth", Column::birth},
  }};
  std::string letters;
  for (const char c : ascii_lower(cell)) {
    if (c >= 'a' && c <= 'z') {
      letters.push_back(c);
    }
  }
  for (const auto& [name, column] : kNames) {
    if (name == letters) {
      return column;
    }
  }
  return std::nullopt;
}

// What makes a name: the first given name, and each word of the surname that is no "de" or "la".
struct Names {
  std::string given;
  std::vector<std::string> surnames;
};

constexpr std::size_t kShortestSurnameWord = 3;

Names names_of(const std::string& given, const std::string& surname) {
  const auto first = policy::roster_words(policy::normalised(given));
  auto last = policy::roster_words(policy::normalised(surname));
  if (last.size() > 1) {
    std::erase_if(last, [](const auto& word) { return word.size() < kShortestSurnameWord; });
  }
  return {first.empty() ? std::string() : first.front(), std::move(last)};
}

// "Lopez, Ana Maria" or "Ana Maria Lopez".
Names names_of(const std::string& whole) {
  const std::size_t comma = whole.find(',');
  if (comma != std::string::npos) {
    return names_of(whole.substr(comma + 1), whole.substr(0, comma));
  }
  const auto words = policy::roster_words(policy::normalised(whole));
  if (words.size() < 2) {
    return {};
  }
  return {words.front(), {words.back()}};
}

class PatientReader {
 public:
  PatientReader(policy::RosterBuilder& builder, RosterReport& report)
      : builder_(builder), report_(report) {}

  void read_header(const escrow::CsvRow& row) {
    for (std::size_t i = 0; i < row.cells.size(); ++i) {
      const auto column = column_of(row.cells[i]);
      columns_.push_back(column);
      (column ? report_.columns : report_.ignored).push_back(row.cells[i]);
    }
    if (report_.columns.empty()) {
      error(row.line,
            "no column is known; name them mrn, ssn, phone, email, given, surname, name, dob");
    }
  }

  void read(const escrow::CsvRow& row) {
    line_ = row.line;
    if (row.cells.size() != columns_.size()) {
      return error(row.line, "the row has not as many cells as the header");
    }
    const std::size_t before = builder_.size();
    std::map<Column, std::string> cells;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const std::string text(trim(row.cells[i]));
      if (!columns_[i] || text.empty()) {
        continue;
      }
      cells[*columns_[i]] = text;
      add(*columns_[i], text);
    }
    add_names(cells);
    if (builder_.size() == before) {
      error(row.line, "the row holds nothing by which a patient could be known");
    }
    ++report_.patients;
  }

 private:
  void error(std::size_t line, const std::string& what) {
    report_.errors.push_back(std::to_string(line) + ": " + what);
  }

  void add(RosterKind kind, const std::string& form, const std::string& what) {
    if (form.empty()) {
      return error(line_, what);
    }
    builder_.add(kind, form);
  }

  void add(Column column, const std::string& text) {
    switch (column) {
      case Column::record_number:
        return add(RosterKind::number, policy::roster_number(text),
                   "the record number has fewer than five places or four digits");
      case Column::social_security:
        return add_social_security(text);
      case Column::phone:
        return add(RosterKind::number,
                   std::count_if(text.begin(), text.end(),
                                 [](char c) { return c >= '0' && c <= '9'; }) < 10
                       ? ""
                       : policy::roster_number(text),
                   "the telephone number has fewer than ten digits");
      case Column::mail_address:
        return add(RosterKind::mail_address, policy::roster_address(text),
                   "the mail address is none");
      case Column::birth:
        if (!policy::roster_day(text)) {
          error(line_, "the birth date is no day, or its year has not four digits");
        }
        return;
      case Column::given:
      case Column::surname:
      case Column::name:
        return;
    }
  }

  void add_social_security(const std::string& text) {
    if (std::count_if(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; }) != 9) {
      return error(line_, "the social security number has not nine digits");
    }
    if (!policy::valid_taxpayer(text)) {
      ++report_.left_out;
      return;
    }
    builder_.add(RosterKind::number, policy::roster_number(text));
  }

  void add_names(const std::map<Column, std::string>& cells) {
    const auto cell = [&](Column column) {
      const auto found = cells.find(column);
      return found == cells.end() ? std::string() : found->second;
    };
    const std::string whole = cell(Column::name);
    const Names names =
        whole.empty() ? names_of(cell(Column::given), cell(Column::surname)) : names_of(whole);
    const auto birth = policy::roster_day(cell(Column::birth));
    for (const std::string& surname : names.surnames) {
      if (names.given.size() < 2 || surname.size() < 2) {
        continue;
      }
      const std::string name = policy::roster_name(names.given, surname);
      builder_.add(RosterKind::name, name);
      if (birth) {
        builder_.add(RosterKind::name_and_birth, policy::roster_birth(name, *birth));
      }
    }
  }

  policy::RosterBuilder& builder_;
  RosterReport& report_;
  std::vector<std::optional<Column>> columns_;
  std::size_t line_ = 0;
};

}  // namespace

RosterReport make_roster(std::string_view csv, const Secret& key) {
  RosterReport report;
  const escrow::CsvTable table = escrow::read_csv(csv);
  for (const escrow::CsvProblem& problem : table.problems) {
    report.errors.push_back(std::to_string(problem.line) + ": " + problem.what);
  }
  policy::RosterBuilder builder(key);
  PatientReader reader(builder, report);
  if (table.rows.size() < 2 && report.errors.empty()) {
    report.errors.emplace_back("1: the file holds no header row with patients below it");
  }
  for (const escrow::CsvRow& row : table.rows) {
    if (&row == &table.rows.front()) {
      reader.read_header(row);
      if (!report.errors.empty()) {
        break;
      }
    } else {
      reader.read(row);
    }
  }
  if (report.errors.empty()) {
    report.roster = builder.finish();
    report.entries = (report.roster.size() - 24) / 16;
  }
  return report;
}

}  // namespace phimilter::phictl
