// SPDX-License-Identifier: Apache-2.0
//
// Every sentence a visitor reads, by language. A translator edits texts_<language>.toml; the files
// are compiled in.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace phimilter::portal {

using TextArguments = std::vector<std::pair<std::string_view, std::string>>;

class Texts {
 public:
  Texts(std::string language, std::map<std::string, std::string, std::less<>> sentences)
      : language_(std::move(language)), sentences_(std::move(sentences)) {}
  const std::string& language() const { return language_; }
  // The sentence with {name} and the like filled in; plain text, not markup. An unknown key ends
  // the program: the tests compare keys and code.
  std::string get(std::string_view key, const TextArguments& arguments = {}) const;
  std::vector<std::string> keys() const;

 private:
  std::string language_;
  std::map<std::string, std::string, std::less<>> sentences_;
};

struct Languages {
  Texts english, spanish;
  // `asked` (from ?lang=), then the entry's own, then the best of Accept-Language, then English.
  const Texts& choose(std::string_view asked, std::string_view entry,
                      std::string_view accept_language) const;
};

// Bug fault: a compiled-in file does not parse.
Result<Languages> load_languages();

// The compiled-in style sheet.
std::string_view style_sheet();

}  // namespace phimilter::portal
