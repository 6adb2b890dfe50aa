// SPDX-License-Identifier: Apache-2.0
//
// Which words can be parts of a person's name, and how they form one: "Jane Q. Roe", "ROE, JANE",
// "J. Roe", "Ana de la Cruz Vega". Private to the name finder.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "policy/part_view.h"

namespace phimilter::policy {

// A token, as a part of a name.
struct NameWord {
  bool usable = false;   // a word that a name may be made of
  bool given = false;    // listed
  bool surname = false;  // listed
  bool sure = false;     // and no word of everyday language, place or month
  bool initial = false;
  bool particle = false;
  bool capitals = false;
  bool lower = false;
  bool listed() const { return given || surname; }
};

enum class NameForm { full, reversed, initial_surname, given_initial, single };

struct Name {
  NameForm form = NameForm::single;
  std::size_t first = 0;  // token
  std::size_t last = 0;   // token, inclusive
  NameWord given;         // the word in the place of the given name
  NameWord surname;       // the word in the place of the surname; of a single name, too
  bool capitals = false;
  bool lower = false;
  bool part_of_phrase = false;  // a capitalised word that is no name stands beside it
  bool possessive = false;      // "Roe's"
};

class NameReader {
 public:
  explicit NameReader(const PartView& view);

  const NameWord& word(std::size_t token) const {
    if (!words_[token]) {
      words_[token] = read_word(token);
    }
    return *words_[token];
  }
  // The longest name that starts with this token, if one does. `lower`: in small letters, which
  // needs a listed name or a title before it.
  std::optional<Name> name_at(std::size_t token, bool lower) const;

  std::string_view spelled(std::size_t token) const {
    return policy::spelled(view_.text, view_.tokens[token]);
  }
  // Text between two tokens that stand next to each other.
  std::string_view gap_after(std::size_t token) const {
    const std::size_t from = view_.tokens[token].to;
    const std::size_t to =
        token + 1 < view_.tokens.size() ? view_.tokens[token + 1].from : view_.text.size();
    return view_.text.substr(from, to - from);
  }
  // "Roe's" without the ending.
  std::string_view stem(std::size_t token) const {
    std::string_view word = spelled(token);
    if (word.size() > 3 && word[word.size() - 2] == '\'' && (word.back() | ' ') == 's') {
      word.remove_suffix(2);
    }
    return word;
  }
  // "p. roe"
  bool behind_small_initial(std::size_t token) const;

 private:
  // Tokens that stand next to each other.
  struct Run {
    std::size_t first = 0;
    std::size_t count = 0;
    std::size_t last() const { return first + count - 1; }
  };
  NameWord read_word(std::size_t token) const;
  bool behind_title(std::size_t token) const;
  bool joins(std::size_t token, const NameWord& word) const;
  bool may_go_on(std::size_t token, bool lower) const;
  Run run_at(std::size_t token, bool lower) const;
  std::optional<NameWord> everyday_surname(std::size_t given) const;
  std::optional<NameWord> small_surname(std::size_t given) const;
  std::optional<Name> straight(Run run) const;
  std::optional<Name> reversed(Run run, bool lower) const;
  bool in_phrase(std::size_t first, std::size_t last) const;
  void finish(Name& name) const;

  const PartView& view_;
  bool file_name_;
  std::vector<bool> covered_;  // tokens inside a term of several words: "Crohn's disease"
  std::vector<bool> term_;     // tokens that are a term: "Humana"
  mutable std::vector<std::optional<NameWord>> words_;  // those that were asked for: once each
};

}  // namespace phimilter::policy
