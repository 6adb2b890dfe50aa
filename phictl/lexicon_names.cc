// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <set>

#include "base/encoding.h"
#include "phictl/lexicon_sources.h"

namespace phimilter::phictl {
namespace {

constexpr std::size_t kShortestName = 2;

// Salts and waters that nobody writes behind a drug's name.
constexpr std::array<std::string_view, 18> kSalts{
    " hydrochloride", " sulfate",   " phosphate", " acetate", " maleate",   " mesylate",
    " tartrate",      " succinate", " fumarate",  " citrate", " besylate",  " hydrobromide",
    " monohydrate",   " anhydrous", " dihydrate", " sodium",  " potassium", " calcium"};

void add_drug(std::string_view spelled, std::set<std::string>& known, ImportedList& out) {
  std::string name = ascii_lower(trim(spelled));
  name = name.substr(0, std::min(name.find(" in "), name.find(" (")));
  const auto add = [&](const std::string& term) {
    if (term.size() >= 3 && known.insert(term).second) {
      out.terms.push_back({term, flags_of(term)});
    }
  };
  add(name);
  for (const std::string_view salt : kSalts) {
    if (name.ends_with(salt) && name.size() > salt.size() + 4) {
      add(name.substr(0, name.size() - salt.size()));
    }
  }
}

bool is_number(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool is_name(std::string_view text) {
  return text.size() >= kShortestName && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == ' ' || c == '\'' ||
                  c == '-' || static_cast<unsigned char>(c) >= 0x80;
         });
}

}  // namespace

std::vector<NumberedLine> lines_of(std::string_view content) {
  std::vector<NumberedLine> out;
  std::size_t number = 0;
  for (std::string_view line : split(content, '\n')) {
    ++number;
    if (!line.empty() && line.back() == '\r') {
      line.remove_suffix(1);
    }
    if (!trim(line).empty() && line != "\x1a") {
      out.push_back({line, number});
    }
  }
  return out;
}

std::optional<std::vector<std::string>> csv_columns(std::string_view line) {
  std::vector<std::string> out(1);
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (quoted && c == '"' && i + 1 < line.size() && line[i + 1] == '"') {
      out.back() += '"';
      ++i;
    } else if (c == '"') {
      quoted = !quoted;
    } else if (c == ',' && !quoted) {
      out.emplace_back();
    } else {
      out.back() += c;
    }
  }
  return quoted ? std::nullopt : std::optional(std::move(out));
}

void note_error(ImportedList& list, const NumberedLine& line, std::string_view what) {
  list.errors.push_back(std::to_string(line.number) + ": " + std::string(what));
}

ImportedList read_drugsfda(std::string_view content) {
  ImportedList out;
  std::set<std::string> known;
  std::size_t name_column = 0;
  std::size_t ingredient_column = 0;
  std::size_t width = 0;
  for (const NumberedLine& line : lines_of(content)) {
    const auto columns = split(line.text, '\t');
    if (width == 0) {
      const auto place = [&](std::string_view wanted) {
        return static_cast<std::size_t>(std::find(columns.begin(), columns.end(), wanted) -
                                        columns.begin());
      };
      name_column = place("DrugName");
      ingredient_column = place("ActiveIngredient");
      width = std::max(name_column, ingredient_column) + 1;
      if (width > columns.size()) {
        note_error(out, line, "the columns DrugName and ActiveIngredient are wanted");
        return out;
      }
      continue;
    }
    if (columns.size() < width) {
      note_error(out, line, "too few columns");
      continue;
    }
    add_drug(columns[name_column], known, out);
    for (const std::string_view ingredient : split(columns[ingredient_column], ';')) {
      add_drug(ingredient, known, out);
    }
  }
  return out;
}

ImportedList read_census(std::string_view content) {
  ImportedList out;
  const auto lines = lines_of(content);
  const bool surnames =
      !lines.empty() && ascii_lower(lines.front().text).starts_with("name,rank,count");
  out.given_names = !surnames;
  std::set<std::string> known;
  for (const NumberedLine& line : lines) {
    if (surnames && &line == &lines.front()) {
      continue;
    }
    const auto columns = csv_columns(line.text).value_or(std::vector<std::string>());
    const bool shaped = columns.size() >= 3 && is_name(columns[0]) && is_number(columns[2]) &&
                        (surnames ? is_number(columns[1]) : columns[1] == "F" || columns[1] == "M");
    if (!shaped) {
      note_error(out, line,
                 surnames ? "no line of the surname file: name,rank,count,..."
                          : "no line of the file of given names: name,F,count");
    } else if (columns[0] == "ALL OTHER NAMES") {
      ++out.left_out;
    } else if (known.insert(ascii_lower(columns[0])).second) {
      out.terms.push_back({ascii_lower(columns[0]), ""});
    }
  }
  return out;
}

}  // namespace phimilter::phictl
