// SPDX-License-Identifier: Apache-2.0
//
// Markup that is known to be safe, told apart from text by its type: the one way from text to
// markup is through an escape.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace phimilter::portal {

class Html {
 public:
  Html() = default;
  static Html text(std::string_view plain);   // escapes & < > " ' and control characters
  static Html of_markup(std::string markup);  // markup that was made here or by the sanitiser
  Html& operator+=(const Html& more);
  const std::string& str() const { return markup_; }
  bool empty() const { return markup_.empty(); }

 private:
  std::string markup_;
};

// What stands for a {name} in a template: text is escaped, Html is not.
using Filling = std::variant<std::string, Html>;

// `markup` is a literal of ours; every {name} in it must be in `fillings`, or the program ends.
Html fill(std::string_view markup,
          const std::vector<std::pair<std::string_view, Filling>>& fillings);

}  // namespace phimilter::portal
