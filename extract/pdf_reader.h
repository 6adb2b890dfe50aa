// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "extract/leaf_reader.h"

namespace phimilter::extract {

// A PDF's text by pdftotext, with its title, subject, keywords, author, and the strings of
// annotations and fields; pages end in a form feed; pages that are pictures by OCR where that is
// on; files in it go to the sink. Opaque beside the text: pages without text and pictures as large
// as a scan (image), files inside that cannot be taken out and XFA forms (unknown); without: it
// needs a password (encrypted), or no text can be had (broken, unknown).
LeafText read_pdf(std::string_view pdf, int tools, ReadingSink& sink);

}  // namespace phimilter::extract
