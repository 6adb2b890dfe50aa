// SPDX-License-Identifier: Apache-2.0
//
// `name=value; name="value"`: the parameters of our own header fields, as RFC 2045 5.1 has them,
// extended by RFC 2231 (charset, continuations). More is let through than MIME allows: @ and UTF-8
// stand in values without quotes, since people write them so.
#pragma once

#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace phimilter::mail {

using Parameters = std::map<std::string, std::string, std::less<>>;  // names in lower case

// `value` unfolded. Permanent fault: says what is wrong, with the name of a known parameter or its
// number, and never with what stands in it. No name comes twice, and none that is not `known`.
Result<Parameters> parse_parameters(std::string_view value,
                                    std::span<const std::string_view> known);

}  // namespace phimilter::mail
