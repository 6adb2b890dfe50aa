// SPDX-License-Identifier: Apache-2.0
//
// OpenDocument texts, spreadsheets, presentations and drawings (OASIS ODF 1.2), as zip files and as
// single XML files.
#pragma once

#include "extract/format_reader.h"

namespace phimilter::extract {

bool is_opendocument_text(const Document& document);
bool is_opendocument_spreadsheet(const Document& document);
bool is_opendocument_presentation(const Document& document);
bool is_opendocument(const Document& document);  // of any kind
void read_opendocument(const Document& document, ReadingSink& sink);

// Record formats: XML that a program shows as a document.
bool is_flat_opendocument(const Document& document);
void read_flat_opendocument(const Document& document, ReadingSink& sink);
bool is_flat_office(const Document& document);
void read_flat_office(const Document& document, ReadingSink& sink);

}  // namespace phimilter::extract
