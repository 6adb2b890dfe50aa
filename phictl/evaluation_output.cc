// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <nlohmann/json.hpp>

#include "phictl/console.h"
#include "phictl/evaluation.h"

namespace phimilter::phictl {
namespace {

using Json = nlohmann::ordered_json;

std::string shown(std::optional<double> share) {
  if (!share) {
    return "-";
  }
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "%.4f", *share);
  return text.data();
}

std::vector<std::string> row(const std::string& name, const Counts& counts) {
  return {"  " + name,
          std::to_string(counts.tp),
          std::to_string(counts.fn),
          std::to_string(counts.fp),
          std::to_string(counts.tn),
          shown(counts.recall()),
          shown(counts.false_positive_rate())};
}

void print_mails(const std::string& title, const std::vector<WrongMail>& mails, std::ostream& out) {
  out << title << " (" << mails.size() << "):\n";
  std::vector<std::vector<std::string>> rows;
  for (const WrongMail& mail : mails) {
    rows.push_back({"  " + mail.path, mail.category, mail.why});
  }
  write_table(out, rows);
}

Json number(std::optional<double> share) {
  return share ? Json(*share) : Json(nullptr);
}

Json counts_json(const Counts& counts) {
  return {{"tp", counts.tp},
          {"fn", counts.fn},
          {"fp", counts.fp},
          {"tn", counts.tn},
          {"recall", number(counts.recall())},
          {"false_positive_rate", number(counts.false_positive_rate())}};
}

Json paths_json(const std::vector<WrongMail>& mails) {
  Json out = Json::array();
  for (const WrongMail& mail : mails) {
    out.push_back(mail.path);
  }
  return out;
}

}  // namespace

void print_evaluation(const Evaluation& evaluation, std::ostream& out) {
  std::vector<std::vector<std::string>> rows = {
      {"", "FOUND", "MISSED", "FALSE ALARM", "LEFT ALONE", "RECALL", "FALSE-POSITIVE RATE"}};
  rows.push_back(row("all but ocr", evaluation.main));
  rows.push_back(row("ocr", evaluation.ocr));
  write_table(out, rows);
  out << "By category:\n";
  rows = {};
  for (const auto& [name, counts] : evaluation.categories) {
    rows.push_back(row(name, counts));
  }
  write_table(out, rows);
  print_mails("Missed", evaluation.misses, out);
  print_mails("False alarms", evaluation.false_alarms, out);
  if (!evaluation.errors.empty()) {
    print_mails("Not judged, counted as found", evaluation.errors, out);
  }
  out << "Grey, not scored: " << evaluation.grey << "\n";
}

void print_evaluation_json(const Evaluation& evaluation, std::ostream& out) {
  Json categories = Json::object();
  for (const auto& [name, counts] : evaluation.categories) {
    categories[name] = {{"wrong", counts.fn + counts.fp},
                        {"total", counts.tp + counts.fn + counts.fp + counts.tn}};
  }
  const Json answer = {{"main", counts_json(evaluation.main)},
                       {"ocr", counts_json(evaluation.ocr)},
                       {"categories", std::move(categories)},
                       {"misses", paths_json(evaluation.misses)},
                       {"false_alarms", paths_json(evaluation.false_alarms)},
                       {"errors", paths_json(evaluation.errors)}};
  out << answer.dump(2, ' ', false, Json::error_handler_t::replace) << "\n";
}

}  // namespace phimilter::phictl
