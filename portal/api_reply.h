// SPDX-License-Identifier: Apache-2.0
//
// Answers of the HTTP API: JSON, and for what went wrong problem details (RFC 9457) that say what,
// where, and what to do.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "portal/http.h"

namespace phimilter::portal {

struct Problem {
  int status = 500;
  std::string code;    // for programs: "unknown-member"
  std::string detail;  // for people
  // Of 422: where (a JSON pointer, or the name of a query parameter), and what is wrong there.
  std::vector<std::pair<std::string, std::string>> errors{};
};

Response problem_reply(const Request& request, const Problem& problem);
// `json` is a whole document.
Response json_reply(const Request& request, int status, std::string json);
Response empty_reply(const Request& request, int status);
Response yaml_reply(const Request& request, std::string yaml);
// 503, with the fault in the log under `event`.
Response fault_reply(const Request& request, const Fault& fault);

}  // namespace phimilter::portal
