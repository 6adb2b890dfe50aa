// SPDX-License-Identifier: Apache-2.0
//
// What `phictl doctor` has seen: one observation a question, each with what to do about it.
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace phimilter::phictl {

enum class Health {
  good,
  problem,
  unknown,  // could not be told: look there yourself
};
std::string_view to_string(Health health);

struct Observation {
  std::string about;  // stable name: "postfix.default_action"
  Health health = Health::good;
  std::string what;    // one sentence
  std::string advice;  // what to do; empty when all is well
};

class Examination {
 public:
  void good(std::string about, std::string what);
  void problem(std::string about, std::string what, std::string advice);
  void unknown(std::string about, std::string what, std::string advice);
  // A fault means that nobody can tell.
  void fault(std::string about, const Fault& fault, std::string advice);

  const std::vector<Observation>& observations() const { return observations_; }
  std::size_t count(Health health) const;

 private:
  std::vector<Observation> observations_;
};

// A report can be put on file: it says when and where it was made.
struct ReportHead {
  Timestamp made{};
  std::string host;
  std::string settings_file;
};
void write_report(std::ostream& out, const ReportHead& head, const Examination& examination);
void write_json_report(std::ostream& out, const ReportHead& head, const Examination& examination);

}  // namespace phimilter::phictl
