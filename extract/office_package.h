// SPDX-License-Identifier: Apache-2.0
//
// Documents of Office since 2007 (ECMA-376): zip files of XML parts. Every part is read by what it
// is, whatever the document says about it, so that text in parts that nothing points to is read
// too.
#pragma once

#include "extract/format_reader.h"

namespace phimilter::extract {

bool is_word_package(const Document& document);
bool is_excel_package(const Document& document);
bool is_powerpoint_package(const Document& document);
// Of any other program: a drawing of Visio, an XPS.
bool is_office_package(const Document& document);

void read_office_package(const Document& document, ReadingSink& sink);

}  // namespace phimilter::extract
