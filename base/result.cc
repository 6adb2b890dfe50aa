// SPDX-License-Identifier: Apache-2.0
#include "base/result.h"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <system_error>

namespace phimilter {

std::string_view to_string(FaultKind kind) {
  switch (kind) {
    case FaultKind::transient:
      return "transient";
    case FaultKind::permanent:
      return "permanent";
    case FaultKind::configuration:
      return "configuration";
    case FaultKind::bug:
      return "bug";
  }
  return "bug";
}

std::string Fault::describe() const {
  std::string out = text + " (" + id;
  for (const auto& [key, value] : fields) {
    out += ' ';
    out += key;
    out += '=';
    out += value;
  }
  out += ')';
  return out;
}

Fault& Fault::with(std::string key, std::string value) & {
  fields.emplace_back(std::move(key), std::move(value));
  return *this;
}

Fault Fault::with(std::string key, std::string value) && {
  fields.emplace_back(std::move(key), std::move(value));
  return std::move(*this);
}

Fault transient_fault(std::string id, std::string text) {
  return Fault{FaultKind::transient, std::move(id), std::move(text), {}};
}

Fault permanent_fault(std::string id, std::string text) {
  return Fault{FaultKind::permanent, std::move(id), std::move(text), {}};
}

Fault configuration_fault(std::string id, std::string text) {
  return Fault{FaultKind::configuration, std::move(id), std::move(text), {}};
}

Fault bug_fault(std::string id, std::string text) {
  return Fault{FaultKind::bug, std::move(id), std::move(text), {}};
}

Fault errno_fault(std::string id, std::string text) {
  const int error = errno;
  return transient_fault(std::move(id), std::move(text))
      .with("error", std::generic_category().message(error));
}

void require(bool condition, const char* what) {
  if (condition) {
    return;
  }
  std::fprintf(stderr, "phimilter: an assumption is broken, ending: %s\n", what);
  std::abort();
}

}  // namespace phimilter
