// SPDX-License-Identifier: Apache-2.0
//
// [[exempt]]: values and rules that do not count, for a stated reason and until a stated day. What
// is sensitive, and what could not be read, is never exempt.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "mail/address.h"
#include "policy/model.h"
#include "policy/policy.h"

namespace phimilter::policy {

// The exemption by which a value that the detector found is no finding; nullptr: there is none.
// `value` is normalised.
const Exemption* exemption_of_value(const std::vector<Exemption>& exemptions,
                                    std::string_view detector, std::string_view value,
                                    const MessageContext& context);

// The exemption by which a rule that matched does not apply: with a recipient, one that names
// recipients, this one among them; without, one that names none. nullptr: there is none.
const Exemption* exemption_of_rule(const std::vector<Exemption>& exemptions, const RuleHit& hit,
                                   const MessageContext& context, const mail::Address* recipient);

// As values are compared: lower case, letters and digits only.
std::string exempt_value(std::string_view normalised);

// "2027-02-28": a day that exists.
bool is_day(std::string_view text);

}  // namespace phimilter::policy
