// SPDX-License-Identifier: Apache-2.0
#include "portal/texts.h"

#include <algorithm>
#include <optional>

#include "base/encoding.h"
#include "base/toml_reader.h"
#include "portal/embedded.h"

namespace phimilter::portal {
namespace {

Result<Texts> parse_texts(std::string language, std::string_view content) {
  auto document = TomlDocument::parse(content, "texts_" + language + ".toml");
  if (!document) {
    return fail(document);
  }
  std::map<std::string, std::string, std::less<>> sentences;
  TomlTable root = document->root();
  for (const std::string& key : root.keys()) {
    sentences.emplace(key, root.text(key).value_or(""));
  }
  root.finish();
  if (Status status = document->status(); !status) {
    return fail(status);
  }
  return Texts(std::move(language), std::move(sentences));
}

// q-values (RFC 9110 12.4.2) in thousandths; 0: not wanted or not named.
int weight_of(std::string_view accept_language, std::string_view language) {
  int best = 0;
  for (const std::string_view item : split(accept_language, ',')) {
    const auto parts = split(item, ';');
    const std::string tag = ascii_lower(trim(parts.front()));
    if (tag != language && !tag.starts_with(std::string(language) + "-")) {
      continue;
    }
    int weight = 1000;
    if (parts.size() > 1 && trim(parts[1]).starts_with("q=0")) {
      const std::string digits = std::string(trim(parts[1]).substr(3)) + "000";
      weight = digits[0] == '.' && digits.find_first_not_of("0123456789", 1) == std::string::npos
                   ? std::stoi((digits.substr(1) + "000").substr(0, 3))
                   : 0;
    }
    best = std::max(best, weight);
  }
  return best;
}

}  // namespace

std::string Texts::get(std::string_view key, const TextArguments& arguments) const {
  const auto found = sentences_.find(key);
  require(found != sentences_.end(), "a sentence of the portal is missing in texts_*.toml");
  const std::string& sentence = found->second;
  std::string out;
  for (std::size_t at = 0; at < sentence.size();) {
    const std::size_t open = sentence.find('{', at);
    const std::size_t close = open == std::string::npos ? open : sentence.find('}', open);
    if (close == std::string::npos) {
      return out.append(sentence, at);
    }
    out.append(sentence, at, open - at);
    const std::string_view name = std::string_view(sentence).substr(open + 1, close - open - 1);
    const auto argument = std::find_if(arguments.begin(), arguments.end(),
                                       [name](const auto& pair) { return pair.first == name; });
    out += argument == arguments.end() ? std::string() : argument->second;
    at = close + 1;
  }
  return out;
}

std::vector<std::string> Texts::keys() const {
  std::vector<std::string> keys;
  for (const auto& [key, sentence] : sentences_) {
    keys.push_back(key);
  }
  return keys;
}

const Texts& Languages::choose(std::string_view asked, std::string_view entry,
                               std::string_view accept_language) const {
  for (const std::string_view wanted : {asked, entry}) {
    if (wanted == "es") {
      return spanish;
    }
    if (wanted == "en") {
      return english;
    }
  }
  return weight_of(accept_language, "es") > weight_of(accept_language, "en") ? spanish : english;
}

Result<Languages> load_languages() {
  auto english = parse_texts("en", embedded::kTextsEn);
  if (!english) {
    return fail(english);
  }
  auto spanish = parse_texts("es", embedded::kTextsEs);
  if (!spanish) {
    return fail(spanish);
  }
  return Languages{std::move(*english), std::move(*spanish)};
}

std::string_view style_sheet() {
  return embedded::kStyle;
}

}  // namespace phimilter::portal
