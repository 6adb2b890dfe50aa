// SPDX-License-Identifier: Apache-2.0
#include "phictl/examination.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace phimilter::phictl {
namespace {

using Json = nlohmann::ordered_json;

// Problems first: they are what the reader came for.
constexpr Health kOrder[] = {Health::problem, Health::unknown, Health::good};

std::string_view heading(Health health) {
  switch (health) {
    case Health::good:
      return "In order";
    case Health::problem:
      return "Problems";
    case Health::unknown:
      return "Could not be told";
  }
  return "";
}

}  // namespace

std::string_view to_string(Health health) {
  switch (health) {
    case Health::good:
      return "good";
    case Health::problem:
      return "problem";
    case Health::unknown:
      return "unknown";
  }
  return "?";
}

void Examination::good(std::string about, std::string what) {
  observations_.push_back({std::move(about), Health::good, std::move(what), {}});
}

void Examination::problem(std::string about, std::string what, std::string advice) {
  observations_.push_back({std::move(about), Health::problem, std::move(what), std::move(advice)});
}

void Examination::unknown(std::string about, std::string what, std::string advice) {
  observations_.push_back({std::move(about), Health::unknown, std::move(what), std::move(advice)});
}

void Examination::fault(std::string about, const Fault& fault, std::string advice) {
  unknown(std::move(about), fault.describe(), std::move(advice));
}

std::size_t Examination::count(Health health) const {
  return static_cast<std::size_t>(
      std::count_if(observations_.begin(), observations_.end(),
                    [health](const Observation& seen) { return seen.health == health; }));
}

void write_report(std::ostream& out, const ReportHead& head, const Examination& examination) {
  out << "phimilter on " << head.host << ", " << rfc3339(head.made) << ", settings "
      << head.settings_file << "\n";
  for (const Health health : kOrder) {
    if (examination.count(health) == 0) {
      continue;
    }
    out << "\n" << heading(health) << "\n";
    for (const Observation& seen : examination.observations()) {
      if (seen.health != health) {
        continue;
      }
      out << "  " << seen.about << ": " << seen.what << "\n";
      if (!seen.advice.empty()) {
        out << "      -> " << seen.advice << "\n";
      }
    }
  }
  const std::size_t problems = examination.count(Health::problem);
  out << "\n"
      << problems << (problems == 1 ? " problem, " : " problems, ")
      << examination.count(Health::unknown) << " could not be told, "
      << examination.count(Health::good) << " in order.\n";
}

void write_json_report(std::ostream& out, const ReportHead& head, const Examination& examination) {
  Json observations = Json::array();
  for (const Observation& seen : examination.observations()) {
    observations.push_back({{"about", seen.about},
                            {"health", to_string(seen.health)},
                            {"what", seen.what},
                            {"advice", seen.advice}});
  }
  const Json report = {{"made", rfc3339(head.made)},
                       {"host", head.host},
                       {"settings", head.settings_file},
                       {"problems", examination.count(Health::problem)},
                       {"unknown", examination.count(Health::unknown)},
                       {"good", examination.count(Health::good)},
                       {"observations", std::move(observations)}};
  out << report.dump(2, ' ', false, Json::error_handler_t::replace) << "\n";
}

}  // namespace phimilter::phictl
