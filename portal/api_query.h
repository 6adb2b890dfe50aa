// SPDX-License-Identifier: Apache-2.0
//
// The query of an API request, read strictly: no parameter that is not known, and each of its form.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "portal/api_reply.h"

namespace phimilter::portal {

class Query {
 public:
  Query(const Request& request, std::initializer_list<std::string_view> known);
  std::string text(std::string_view name) const;
  // `fallback` when it is not there, or wrong.
  std::size_t number(std::string_view name, std::size_t fallback, std::size_t least,
                     std::size_t most);
  void require(bool fits, std::string_view name, std::string what);
  std::optional<Problem> problem() const;  // 422

 private:
  const Request& request_;
  std::vector<std::pair<std::string, std::string>> errors_;
};

bool says_json(const Request& request);  // Content-Type: application/json

}  // namespace phimilter::portal
