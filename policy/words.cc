// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <utility>

#include "policy/finding.h"
#include "policy/recipient_facts.h"
#include "policy/treatment.h"

namespace phimilter::policy {
namespace {

constexpr std::array kMethods{
    std::pair{Method::pass, "pass"},     std::pair{Method::smime, "smime"},
    std::pair{Method::pgp, "pgp"},       std::pair{Method::tls, "tls"},
    std::pair{Method::portal, "portal"}, std::pair{Method::hold, "hold"},
    std::pair{Method::reject, "reject"},
};

}  // namespace

std::string_view to_string(Method method) {
  for (const auto& [value, name] : kMethods) {
    if (value == method) {
      return name;
    }
  }
  return "?";
}

std::optional<Method> method_from(std::string_view name) {
  for (const auto& [value, known] : kMethods) {
    if (name == known) {
      return value;
    }
  }
  return std::nullopt;
}

std::string_view to_string(Scope scope) {
  switch (scope) {
    case Scope::phi:
      return "phi";
    case Scope::all:
      return "all";
    case Scope::monitor:
      return "monitor";
  }
  return "?";
}

std::string_view to_string(KeyState state) {
  switch (state) {
    case KeyState::none:
      return "none";
    case KeyState::valid:
      return "valid";
    case KeyState::pending:
      return "pending";
    case KeyState::expired:
      return "expired";
    case KeyState::revoked:
      return "revoked";
    case KeyState::unusable:
      return "unusable";
    case KeyState::unknown:
      return "unknown";
  }
  return "?";
}

std::string_view to_string(TlsState state) {
  switch (state) {
    case TlsState::not_proved:
      return "not_proved";
    case TlsState::proved:
      return "proved";
    case TlsState::unknown:
      return "unknown";
  }
  return "?";
}

std::string_view to_string(ConsentState state) {
  switch (state) {
    case ConsentState::none:
      return "none";
    case ConsentState::given:
      return "given";
    case ConsentState::expired:
      return "expired";
    case ConsentState::unknown:
      return "unknown";
  }
  return "?";
}

std::string_view to_string(ProofState state) {
  switch (state) {
    case ProofState::none:
      return "none";
    case ProofState::on_file:
      return "on_file";
    case ProofState::with_message:
      return "with_message";
  }
  return "?";
}

std::map<std::string, std::size_t> Findings::counts() const {
  std::map<std::string, std::size_t> out;
  for (const Finding& finding : items) {
    ++out[finding.finding_class];
  }
  return out;
}

}  // namespace phimilter::policy
