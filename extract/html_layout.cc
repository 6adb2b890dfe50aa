// SPDX-License-Identifier: Apache-2.0
#include "extract/html_layout.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "base/encoding.h"

namespace phimilter::extract {
namespace {

// Sorted; what is not here is inline.
constexpr std::array<std::pair<std::string_view, Layout>, 62> kLayouts{{
    {"address", Layout::block},
    {"article", Layout::block},
    {"aside", Layout::block},
    {"blockquote", Layout::block},
    {"body", Layout::block},
    {"br", Layout::line_break},
    {"button", Layout::block},
    {"caption", Layout::block},
    {"center", Layout::block},
    {"dd", Layout::definition},
    {"details", Layout::block},
    {"dir", Layout::block},
    {"div", Layout::block},
    {"dl", Layout::block},
    {"dt", Layout::term},
    {"fieldset", Layout::block},
    {"figcaption", Layout::block},
    {"figure", Layout::block},
    {"footer", Layout::block},
    {"form", Layout::block},
    {"h1", Layout::block},
    {"h2", Layout::block},
    {"h3", Layout::block},
    {"h4", Layout::block},
    {"h5", Layout::block},
    {"h6", Layout::block},
    {"head", Layout::block},
    {"header", Layout::block},
    {"hgroup", Layout::block},
    {"hr", Layout::block},
    {"html", Layout::block},
    {"iframe", Layout::block},
    {"legend", Layout::block},
    {"li", Layout::block},
    {"listing", Layout::preformatted},
    {"main", Layout::block},
    {"menu", Layout::block},
    {"nav", Layout::block},
    {"noscript", Layout::block},
    {"ol", Layout::block},
    {"optgroup", Layout::block},
    {"option", Layout::block},
    {"p", Layout::block},
    {"plaintext", Layout::preformatted},
    {"pre", Layout::preformatted},
    {"script", Layout::script},
    {"section", Layout::block},
    {"select", Layout::block},
    {"style", Layout::style},
    {"summary", Layout::block},
    {"table", Layout::block},
    {"tbody", Layout::block},
    {"td", Layout::cell},
    {"template", Layout::block},
    {"textarea", Layout::preformatted},
    {"tfoot", Layout::block},
    {"th", Layout::cell},
    {"thead", Layout::block},
    {"title", Layout::block},
    {"tr", Layout::row},
    {"ul", Layout::block},
    {"xmp", Layout::preformatted},
}};

// The declarations without blanks, lower case, each behind a semicolon: ";display:none;".
std::string declarations(std::string_view style) {
  std::string out = ';' + ascii_lower(style) + ';';
  std::erase_if(out, [](char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; });
  return out;
}

// "font-size:0", "0px", "0.0em"; not "0.5em".
bool is_nothing(std::string_view value) {
  const std::size_t end = value.find_first_not_of("0.");
  const std::string_view unit = end == std::string_view::npos ? "" : value.substr(end);
  return end != 0 && (unit.empty() || unit[0] < '0' || unit[0] > '9');
}

bool sets_to_nothing(std::string_view style, std::string_view property) {
  for (std::size_t at = style.find(property); at != std::string_view::npos;
       at = style.find(property, at + 1)) {
    const std::size_t value = at + property.size();
    if (is_nothing(style.substr(value, style.find(';', value) - value))) {
      return true;
    }
  }
  return false;
}

}  // namespace

Layout layout_of(std::string_view tag) {
  const auto place =
      std::lower_bound(kLayouts.begin(), kLayouts.end(), tag,
                       [](const auto& line, std::string_view name) { return line.first < name; });
  return place != kLayouts.end() && place->first == tag ? place->second : Layout::inline_text;
}

bool style_hides(std::string_view style_attribute) {
  if (style_attribute.empty()) {
    return false;
  }
  const std::string style = declarations(style_attribute);
  static constexpr std::array<std::string_view, 5> kGone{";display:none", ";visibility:hidden",
                                                         ";visibility:collapse", "mso-hide:all",
                                                         ";color:transparent"};
  static constexpr std::array<std::string_view, 6> kSizes{
      ";font-size:", ";opacity:", ";max-height:", ";max-width:", ";height:", ";width:"};
  return std::any_of(kGone.begin(), kGone.end(),
                     [&](auto gone) { return style.find(gone) != std::string::npos; }) ||
         std::any_of(kSizes.begin(), kSizes.end(),
                     [&](auto size) { return sets_to_nothing(style, size); });
}

bool is_reversed(std::string_view tag, std::string_view direction,
                 std::string_view style_attribute) {
  const std::string style = declarations(style_attribute);
  const bool rightwards =
      ascii_iequal(direction, "rtl") || style.find(";direction:rtl") != std::string::npos;
  const bool forced = tag == "bdo" ||
                      style.find(";unicode-bidi:bidi-override") != std::string::npos ||
                      style.find(";unicode-bidi:isolate-override") != std::string::npos;
  return rightwards && forced;
}

}  // namespace phimilter::extract
