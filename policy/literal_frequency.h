// SPDX-License-Identifier: Apache-2.0
//
// How often a literal stands in ordinary mail, roughly: to choose among what a regular expression
// asks for.
#pragma once

#include "policy/regex_facts.h"

namespace phimilter::policy {

// Places in a byte of text.
double frequency_of(const RequiredLiteral& literal);

}  // namespace phimilter::policy
