// SPDX-License-Identifier: Apache-2.0
//
// Objects in documents as OLE 1 keeps them ([MS-OLEDS] 2.2.5, 2.3.6): a file that somebody dropped
// into a document ("Package"), or an object in its program's own format.
#pragma once

#include <string_view>

#include "extract/format_reader.h"

namespace phimilter::extract {

// ObjectHeader and native data, as in \objdata of RTF.
void read_embedded_object(std::string_view bytes, ReadingSink& sink);
// The stream "\1Ole10Native".
void read_native_stream(std::string_view bytes, ReadingSink& sink);

}  // namespace phimilter::extract
