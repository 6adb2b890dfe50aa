// SPDX-License-Identifier: Apache-2.0
//
// Any JSON or XML document as lines "key TAB value", the keys as words; objects of an array are
// records.
#pragma once

#include "extract/data_tree.h"
#include "extract/format_reader.h"

namespace phimilter::extract {

void write_flat(const DataTree& tree, ReadingSink& sink);

}  // namespace phimilter::extract
