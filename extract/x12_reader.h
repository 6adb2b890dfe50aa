// SPDX-License-Identifier: Apache-2.0
//
// X12 transactions of health care as labelled lines: one record a subscriber, a dependent, or a
// paid claim.
#pragma once

#include "extract/format_reader.h"

namespace phimilter::extract {

bool is_x12(const Document& document);
void read_x12(const Document& document, ReadingSink& sink);

}  // namespace phimilter::extract
