// SPDX-License-Identifier: Apache-2.0
#include "portal/html.h"

#include <algorithm>

#include "base/result.h"

namespace phimilter::portal {

Html Html::text(std::string_view plain) {
  Html html;
  for (const char c : plain) {
    switch (c) {
      case '&':
        html.markup_ += "&amp;";
        break;
      case '<':
        html.markup_ += "&lt;";
        break;
      case '>':
        html.markup_ += "&gt;";
        break;
      case '"':
        html.markup_ += "&quot;";
        break;
      case '\'':
        html.markup_ += "&#39;";
        break;
      default: {
        const auto byte = static_cast<unsigned char>(c);
        const bool control = (byte < 0x20 && c != '\n' && c != '\t') || byte == 0x7f;
        html.markup_ += control ? ' ' : c;
      }
    }
  }
  return html;
}

Html Html::of_markup(std::string markup) {
  Html html;
  html.markup_ = std::move(markup);
  return html;
}

Html& Html::operator+=(const Html& more) {
  markup_ += more.markup_;
  return *this;
}

Html fill(std::string_view markup,
          const std::vector<std::pair<std::string_view, Filling>>& fillings) {
  Html out;
  while (!markup.empty()) {
    const std::size_t open = markup.find('{');
    const std::size_t close = open == std::string_view::npos ? open : markup.find('}', open);
    if (close == std::string_view::npos) {
      out += Html::of_markup(std::string(markup));
      break;
    }
    out += Html::of_markup(std::string(markup.substr(0, open)));
    const std::string_view name = markup.substr(open + 1, close - open - 1);
    const auto found = std::find_if(fillings.begin(), fillings.end(),
                                    [name](const auto& pair) { return pair.first == name; });
    require(found != fillings.end(), "a page template names something that is not given");
    if (const auto* text = std::get_if<std::string>(&found->second)) {
      out += Html::text(*text);
    } else {
      out += std::get<Html>(found->second);
    }
    markup.remove_prefix(close + 1);
  }
  return out;
}

}  // namespace phimilter::portal
