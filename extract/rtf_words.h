// SPDX-License-Identifier: Apache-2.0
//
// What RTF's control words mean to somebody who wants to read the text.
#pragma once

#include <optional>
#include <string_view>

namespace phimilter::extract {

enum class RtfDestination {
  body,         // stands in the text
  aside,        // stands elsewhere on the page: footnote, comment, text box
  margin,       // header or footer: a paragraph of its own
  property,     // of the document: title, author, ...
  instruction,  // of a field: not shown, but sent
  shape_name,   // of a drawing's property ...
  shape_value,  // ... and its value: mostly numbers
  html_tag,     // what the HTML had between the words that the RTF shows
  font_table,
  object_data,
  picture,
  skip,
};

// Nothing: no destination.
std::optional<RtfDestination> rtf_destination(std::string_view word);
// What a document property is called; empty: the word is none, or its name stands in the file.
std::string_view rtf_property_name(std::string_view word);
// Whether the value of a drawing's property of this name is read: a description, a text, a link.
bool is_rtf_shape_text(std::string_view name);
// The text that a word stands for; empty: none. "\n", "\t" and "\f" for breaks.
std::string_view rtf_character(std::string_view word);

}  // namespace phimilter::extract
