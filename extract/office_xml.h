// SPDX-License-Identifier: Apache-2.0
//
// The text of one XML file of an office document: WordprocessingML, DrawingML and what else Office
// writes (ECMA-376), OpenDocument (OASIS ODF 1.2), or any other.
#pragma once

#include <string_view>

#include "extract/format_reader.h"

namespace phimilter::extract {

bool looks_like_xml(std::string_view bytes);
// The name of the outermost element without its prefix; empty: there is none.
std::string_view root_name(std::string_view utf8);

void read_office_xml(std::string_view utf8, ReadingSink& sink);
void read_opendocument_xml(std::string_view utf8, ReadingSink& sink);
// XML of no office format: as read_office_xml, with the values of all attributes.
void read_any_xml(std::string_view utf8, ReadingSink& sink);
// Parts that say how a document looks: what they hold of words, which is the variables of a
// document.
void read_layout_xml(std::string_view utf8, ReadingSink& sink);
// Properties of a document: "label TAB value", with the names of the elements or, of properties
// that somebody made up, theirs.
void read_properties_xml(std::string_view utf8, ReadingSink& sink);
// What a part points to outside of the document.
void read_relationships_xml(std::string_view utf8, ReadingSink& sink);

}  // namespace phimilter::extract
