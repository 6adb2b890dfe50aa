// SPDX-License-Identifier: Apache-2.0
//
// Clinical documents (CDA R2, C-CDA) as labelled lines and narrative text: one record a document.
#pragma once

#include "extract/data_tree.h"
#include "extract/format_reader.h"

namespace phimilter::extract {

bool is_cda(const DataNode& node);
void read_cda(const DataNode& document, ReadingSink& sink);

}  // namespace phimilter::extract
