// SPDX-License-Identifier: Apache-2.0
#include "portal/api_query.h"

#include <algorithm>
#include <charconv>

#include "base/encoding.h"

namespace phimilter::portal {

Query::Query(const Request& request, std::initializer_list<std::string_view> known)
    : request_(request) {
  for (const auto& [name, value] : request.query) {
    require(std::find(known.begin(), known.end(), name) != known.end(), "query",
            "there is a parameter that is not known");
  }
}

std::string Query::text(std::string_view name) const {
  return std::string(request_.field(request_.query, name));
}

std::size_t Query::number(std::string_view name, std::size_t fallback, std::size_t least,
                          std::size_t most) {
  const std::string_view text = request_.field(request_.query, name);
  if (text.empty()) {
    return fallback;
  }
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool fits =
      error == std::errc() && end == text.data() + text.size() && number >= least && number <= most;
  require(fits, name, "a number from " + std::to_string(least) + " to " + std::to_string(most));
  return fits ? number : fallback;
}

void Query::require(bool fits, std::string_view name, std::string what) {
  if (!fits) {
    errors_.emplace_back(name, std::move(what));
  }
}

std::optional<Problem> Query::problem() const {
  if (errors_.empty()) {
    return std::nullopt;
  }
  return Problem{422, "invalid-values", "the query cannot be used", errors_};
}

bool says_json(const Request& request) {
  const std::string_view type = request.header("content-type");
  return ascii_iequal(trim(type.substr(0, type.find(';'))), "application/json");
}

}  // namespace phimilter::portal
