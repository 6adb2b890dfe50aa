// SPDX-License-Identifier: Apache-2.0
#include "extract/rtf_words.h"

#include <unordered_map>

namespace phimilter::extract {

std::optional<RtfDestination> rtf_destination(std::string_view word) {
  using D = RtfDestination;
  static const std::unordered_map<std::string_view, RtfDestination> kDestinations{
      {"footnote", D::aside},
      {"annotation", D::aside},
      {"atnid", D::aside},
      {"atnauthor", D::aside},
      {"shptxt", D::aside},
      {"dptxbxtext", D::aside},
      {"title", D::property},
      {"subject", D::property},
      {"author", D::property},
      {"manager", D::property},
      {"company", D::property},
      {"operator", D::property},
      {"category", D::property},
      {"keywords", D::property},
      {"comment", D::property},
      {"doccomm", D::property},
      {"hlinkbase", D::property},
      {"propname", D::property},
      {"staticval", D::property},
      {"docvar", D::property},
      {"header", D::margin},
      {"headerl", D::margin},
      {"headerr", D::margin},
      {"headerf", D::margin},
      {"footer", D::margin},
      {"footerl", D::margin},
      {"footerr", D::margin},
      {"footerf", D::margin},
      {"fldinst", D::instruction},
      {"ffname", D::instruction},
      {"ffdeftext", D::instruction},
      {"ffhelptext", D::instruction},
      {"ffstattext", D::instruction},
      {"ffl", D::instruction},
      {"xe", D::instruction},
      {"tc", D::instruction},
      {"tcn", D::instruction},
      {"sv", D::shape_value},
      {"htmltag", D::html_tag},
      {"fonttbl", D::font_table},
      {"objdata", D::object_data},
      {"pict", D::picture},
      // Destinations of words that readers know and that hold text, or others that do.
      {"shppict", D::body},
      {"shpinst", D::body},
      {"shp", D::body},
      {"sp", D::body},
      {"do", D::body},
      {"ud", D::body},
      {"upr", D::body},
      {"info", D::body},
      {"field", D::body},
      {"fldrslt", D::body},
      {"formfield", D::body},
      {"userprops", D::body},
      {"listtext", D::body},
      {"pntext", D::body},
      {"pn", D::body},
      {"hl", D::body},
      {"hlloc", D::instruction},
      {"hlfr", D::instruction},
      {"hlsrc", D::instruction},
      {"pntxta", D::body},
      {"pntxtb", D::body},
      {"object", D::body},
      {"result", D::body},
      {"nesttableprops", D::body},
      {"background", D::body},
      {"ftnsep", D::skip},
      {"ftnsepc", D::skip},
      {"aftnsep", D::skip},
      {"aftnsepc", D::skip},
      {"colortbl", D::skip},
      {"stylesheet", D::skip},
      {"listtable", D::skip},
      {"listoverridetable", D::skip},
      {"rsidtbl", D::skip},
      {"generator", D::skip},
      {"themedata", D::skip},
      {"colorschememapping", D::skip},
      {"latentstyles", D::skip},
      {"datastore", D::skip},
      {"datafield", D::skip},
      {"xmlnstbl", D::skip},
      {"filetbl", D::skip},
      {"falt", D::skip},
      {"panose", D::skip},
      {"fontemb", D::skip},
      {"fontfile", D::skip},
      {"objclass", D::skip},
      {"objname", D::skip},
      {"objalias", D::skip},
      {"nonshppict", D::skip},
      {"bkmkstart", D::skip},
      {"bkmkend", D::skip},
      {"atrfstart", D::skip},
      {"atrfend", D::skip},
      {"atnref", D::skip},
      {"atndate", D::skip},
      {"nonesttables", D::skip},
      {"sn", D::shape_name},
      {"mmathPr", D::skip},
      {"pgptbl", D::skip},
      {"wgrffmtfilter", D::skip},
      {"mhtmltag", D::skip},
      {"passwordhash", D::skip},
      {"blipuid", D::skip},
      {"picprop", D::skip},
      {"creatim", D::skip},
      {"revtim", D::skip},
      {"printim", D::skip},
      {"buptim", D::skip},
  };
  const auto found = kDestinations.find(word);
  return found == kDestinations.end() ? std::nullopt : std::optional(found->second);
}

std::string_view rtf_property_name(std::string_view word) {
  static const std::unordered_map<std::string_view, std::string_view> kNames{
      {"title", "Title"},       {"subject", "Subject"},   {"author", "Author"},
      {"manager", "Manager"},   {"company", "Company"},   {"operator", "Last saved by"},
      {"category", "Category"}, {"keywords", "Keywords"}, {"comment", "Comments"},
      {"doccomm", "Comments"},
  };
  const auto found = kNames.find(word);
  return found == kNames.end() ? std::string_view() : found->second;
}

bool is_rtf_shape_text(std::string_view name) {
  return name == "wzDescription" || name == "wzName" || name == "wzTooltip" ||
         name == "gtextUNICODE" || name == "pihlShape";
}

std::string_view rtf_character(std::string_view word) {
  static const std::unordered_map<std::string_view, std::string_view> kCharacters{
      {"par", "\n"},           {"line", "\n"},          {"lbr", "\n"},
      {"column", "\n"},        {"sect", "\f"},          {"page", "\f"},
      {"tab", "\t"},           {"emdash", "\u2014"},    {"endash", "\u2013"},
      {"emspace", "\u2003"},   {"enspace", "\u2002"},   {"qmspace", "\u2005"},
      {"bullet", "\u2022"},    {"lquote", "\u2018"},    {"rquote", "\u2019"},
      {"ldblquote", "\u201C"}, {"rdblquote", "\u201D"}, {"ltrmark", "\u200E"},
      {"rtlmark", "\u200F"},   {"zwj", "\u200D"},       {"zwnj", "\u200C"},
  };
  const auto found = kCharacters.find(word);
  return found == kCharacters.end() ? std::string_view() : found->second;
}

}  // namespace phimilter::extract
