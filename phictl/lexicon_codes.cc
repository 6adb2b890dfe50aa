// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include "base/encoding.h"
#include "phictl/lexicon_sources.h"

namespace phimilter::phictl {
namespace {

constexpr std::size_t kMostWords = 8;  // a longer description is no expression anybody writes

bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::size_t word_count(std::string_view text) {
  std::size_t out = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    out += text[i] != ' ' && (i == 0 || text[i - 1] == ' ') ? 1U : 0U;
  }
  return out;
}

bool starts_with_any(std::string_view text, std::initializer_list<std::string_view> heads) {
  return std::any_of(heads.begin(), heads.end(),
                     [&](std::string_view head) { return text.starts_with(head); });
}

// Chapters XX and XXI say what happened ("Struck by duck") and why somebody came ("Encounter for
// ..."), not what a person has.
bool is_condition(std::string_view code) {
  return std::string_view("VWXYZ").find(code[0]) == std::string_view::npos;
}

// What a clinician would write of a description: without what only coders add. Empty: nothing.
std::string condition_of(std::string_view description) {
  const std::string lower = ascii_lower(description);
  if (starts_with_any(
          lower, {"other ", "unspecified ", "encounter ", "personal history", "family history",
                  "poisoning by ", "adverse effect of ", "underdosing of ", "toxic effect of "})) {
    return {};
  }
  std::string_view kept(lower);
  for (const std::string_view tail :
       {", unspecified", ", not elsewhere classified", " not otherwise specified", " without ",
        ", initial encounter", ", subsequent encounter", ", sequela", " (", ", other", " due to ",
        " in diseases classified elsewhere"}) {
    kept = kept.substr(0, kept.find(tail));
  }
  kept = trim(kept);
  return kept.find(',') == std::string_view::npos && word_count(kept) <= kMostWords
             ? std::string(kept)
             : std::string();
}

bool is_icd10cm(std::string_view code) {
  return code.size() >= 3 && code.size() <= 7 && is_upper(code[0]) && is_digit(code[1]) &&
         std::all_of(code.begin(), code.end(), [](char c) { return is_upper(c) || is_digit(c); });
}

bool is_hcpcs(std::string_view code) {
  return code.size() == 5 && is_upper(code[0]) &&
         std::all_of(code.begin() + 1, code.end(), is_digit);
}

// "Injection, adenosine, 1 mg": the drug. Otherwise what stands before the first comma.
std::string procedure_of(std::string_view description) {
  std::string lower = ascii_lower(description);
  for (const std::string_view head : {"injection, ", "infusion, "}) {
    if (lower.starts_with(head)) {
      lower = lower.substr(head.size());
    }
  }
  const std::string_view kept =
      trim(std::string_view(lower).substr(0, lower.find_first_of(",;(/")));
  return kept.size() >= 4 && word_count(kept) <= 5 ? std::string(kept) : std::string();
}

void add_term(ImportedList& out, std::string term) {
  if (term.empty()) {
    ++out.left_out;
    return;
  }
  const std::string flags = flags_of(term);
  out.terms.push_back({std::move(term), flags});
}

struct HcpcsRecord {
  std::string code;
  std::string record;
  std::string description;
};

void add_record(const HcpcsRecord& record, const NumberedLine& line, ImportedList& out) {
  // More of a description, whose beginning is enough; modifiers, which are nothing by themselves.
  if (record.record == "4" || record.record == "7" || record.record == "8") {
    ++out.left_out;
    return;
  }
  if (record.record != "3" || !is_hcpcs(record.code)) {
    return note_error(out, line, "no HCPCS record: a code and the record 3, 4, 7 or 8 are wanted");
  }
  out.codes.push_back(record.code);
  add_term(out, procedure_of(record.description));
}

}  // namespace

std::string flags_of(std::string_view term) {
  constexpr std::array<std::string_view, 48> kEveryday{
      "today",  "dial",    "date",      "capture", "armour",  "focus",   "balance", "complete",
      "bite",   "burn",    "fall",      "shock",   "stress",  "clear",   "prime",   "advance",
      "select", "premier", "natural",   "vision",  "relief",  "basic",   "pure",    "optimal",
      "ease",   "total",   "essential", "elite",   "smart",   "thrive",  "general", "active",
      "water",  "sodium",  "oxygen",    "sugar",   "alcohol", "iron",    "calcium", "air",
      "hope",   "aura",    "assure",    "legend",  "triumph", "climate", "debris",  "pain"};
  const bool one_word = term.find(' ') == std::string_view::npos;
  const bool everyday = std::find(kEveryday.begin(), kEveryday.end(), term) != kEveryday.end();
  return one_word && (term.size() <= 4 || everyday) ? "A" : "";
}

ImportedList read_icd10cm(std::string_view content) {
  constexpr std::size_t kCode = 6;
  constexpr std::size_t kBillable = 14;
  constexpr std::size_t kLong = 77;
  ImportedList out;
  for (const NumberedLine& line : lines_of(content)) {
    const std::string_view text = line.text;
    const std::string_view code = text.size() > kLong ? trim(text.substr(kCode, 7)) : "";
    const bool shaped = text.size() > kLong &&
                        std::all_of(text.begin(), text.begin() + 5, is_digit) && text[5] == ' ' &&
                        is_icd10cm(code) && (text[kBillable] == '0' || text[kBillable] == '1') &&
                        text[15] == ' ';
    if (!shaped) {
      note_error(out, line, "no line of an ICD-10-CM order file");
      continue;
    }
    out.codes.emplace_back(code);
    if (code.size() > 3) {
      out.codes.push_back(std::string(code.substr(0, 3)) + "." + std::string(code.substr(3)));
    }
    add_term(out, is_condition(code) ? condition_of(trim(text.substr(kLong))) : std::string());
  }
  return out;
}

namespace {

constexpr std::array<std::string_view, 3> kHcpcsColumns{"HCPC", "RECID", "LONG DESCRIPTION"};
using HcpcsPlaces = std::array<std::size_t, kHcpcsColumns.size()>;

std::optional<HcpcsPlaces> hcpcs_places(std::string_view header) {
  const auto names = csv_columns(header).value_or(std::vector<std::string>());
  HcpcsPlaces out{};
  for (std::size_t i = 0; i < out.size(); ++i) {
    const auto found = std::find(names.begin(), names.end(), kHcpcsColumns[i]);
    if (found == names.end()) {
      return std::nullopt;
    }
    out[i] = static_cast<std::size_t>(found - names.begin());
  }
  return out;
}

HcpcsRecord record_of(std::string_view line, const std::optional<HcpcsPlaces>& places) {
  if (!places) {
    return line.size() <= 12
               ? HcpcsRecord()
               : HcpcsRecord{std::string(trim(line.substr(0, 5))), std::string(line.substr(10, 1)),
                             std::string(trim(line.substr(11, 80)))};
  }
  const auto values = csv_columns(line);
  if (!values || *std::max_element(places->begin(), places->end()) >= values->size()) {
    return {};
  }
  return {(*values)[(*places)[0]], (*values)[(*places)[1]], (*values)[(*places)[2]]};
}

}  // namespace

ImportedList read_hcpcs(std::string_view content) {
  ImportedList out;
  const auto lines = lines_of(content);
  const auto places = lines.empty() ? std::nullopt : hcpcs_places(lines.front().text);
  for (const NumberedLine& line : lines) {
    if (!places || &line != &lines.front()) {
      add_record(record_of(line.text, places), line, out);
    }
  }
  return out;
}

}  // namespace phimilter::phictl
