// SPDX-License-Identifier: Apache-2.0
#include "mail/envelope.h"

#include "base/encoding.h"

namespace phimilter::mail {

std::optional<std::string> Envelope::argument(const std::vector<std::string>& arguments,
                                              std::string_view name) {
  for (const std::string& argument : arguments) {
    const auto equals = argument.find('=');
    if (ascii_iequal(std::string_view(argument).substr(0, equals), name)) {
      return equals == std::string::npos ? std::string() : argument.substr(equals + 1);
    }
  }
  return std::nullopt;
}

}  // namespace phimilter::mail
