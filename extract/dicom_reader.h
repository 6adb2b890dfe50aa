// SPDX-License-Identifier: Apache-2.0
//
// The header of a DICOM file (PS3.10) as labelled lines. The pixels are an image.
#pragma once

#include "extract/format_reader.h"

namespace phimilter::extract {

bool is_dicom(const Document& document);
void read_dicom(const Document& document, ReadingSink& sink);

}  // namespace phimilter::extract
