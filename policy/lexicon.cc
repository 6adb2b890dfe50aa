// SPDX-License-Identifier: Apache-2.0
#include "policy/lexicon.h"

#include <algorithm>

#include "base/encoding.h"
#include "policy/normalise.h"

namespace phimilter::policy {
namespace {

constexpr std::size_t kLongestGap = 6;

bool is_word_byte(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         static_cast<unsigned char>(c) >= 0x80;
}

// "d.o.b.", "follow-up", "and/or", a line break inside a phrase, and the mark of a quoted reply.
bool joins_words(std::string_view gap) {
  return gap.size() <= kLongestGap &&
         gap.find_first_not_of(" \t\n-/_.'*>") == std::string_view::npos &&
         gap.find(". ") == std::string_view::npos && gap.find(".\n") == std::string_view::npos &&
         std::count(gap.begin(), gap.end(), '\n') < 2;
}

Letters letters_of(std::string_view spelled) {
  bool digit = false;
  bool lower = false;
  bool capital = false;
  bool inner_capital = false;
  for (std::size_t i = 0; i < spelled.size(); ++i) {
    const char c = spelled[i];
    const bool is_capital = c >= 'A' && c <= 'Z';
    digit = digit || (c >= '0' && c <= '9');
    lower = lower || (c >= 'a' && c <= 'z') || static_cast<unsigned char>(c) >= 0x80;
    capital = capital || is_capital;
    inner_capital = inner_capital || (is_capital && i > 0);
  }
  if (digit) {
    return lower || capital ? Letters::both : Letters::digits;
  }
  if (!capital) {
    return Letters::lower;
  }
  if (!lower) {
    return Letters::capitals;
  }
  return spelled[0] >= 'A' && spelled[0] <= 'Z' ? Letters::first : Letters::mixed;
}

// Calls `visit(from, to)` for every word.
template <typename Visit>
void split_words(std::string_view text, const Visit& visit) {
  std::size_t at = 0;
  while (at < text.size()) {
    if (text[at] == '#') {
      visit(at, at + 1);
      ++at;
      continue;
    }
    if (!is_word_byte(text[at])) {
      ++at;
      continue;
    }
    std::size_t end = at + 1;
    while (end < text.size() &&
           (is_word_byte(text[end]) ||
            (text[end] == '\'' && end + 1 < text.size() && is_word_byte(text[end + 1])))) {
      ++end;
    }
    visit(at, end);
    at = end;
  }
}

void fold_word(std::string_view spelled, std::string& out) {
  out.clear();
  for (const char c : spelled) {
    if (c != '\'') {
      out.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
    }
  }
}

bool in_capitals(std::string_view spelled) {
  return std::none_of(spelled.begin(), spelled.end(), [](char c) { return c >= 'a' && c <= 'z'; });
}

bool takes_plural(const std::string& word) {
  return word.size() >= 4 && word.back() >= 'a' && word.back() <= 'z' && word.back() != 's' &&
         word.back() != 'x' && word.back() != 'y';
}

std::uint64_t edge(std::uint32_t state, std::uint32_t word) {
  return (static_cast<std::uint64_t>(state) << 32U) | word;
}

Fault line_fault(const std::string& file_name, int line, const std::string& what) {
  return configuration_fault("policy.lexicon",
                             file_name + ":" + std::to_string(line) + ": " + what);
}

}  // namespace

Result<std::vector<LexiconLine>> parse_lexicon(std::string_view content,
                                               const std::string& file_name) {
  std::vector<LexiconLine> out;
  int number = 0;
  for (std::string_view line : split(content, '\n')) {
    ++number;
    if (!line.empty() && line.back() == '\r') {
      line.remove_suffix(1);
    }
    if (trim(line).empty() || line == "#" || line.starts_with("# ")) {
      continue;
    }
    if (std::any_of(line.begin(), line.end(),
                    [](char c) { return static_cast<unsigned char>(c) < ' ' && c != '\t'; })) {
      return fail(line_fault(file_name, number, "not text"));
    }
    const auto columns = split(line, '\t');
    if (columns.size() > 2) {
      return fail(line_fault(file_name, number, "more than two columns"));
    }
    const std::string folded = normalised(trim(columns[0]));
    std::size_t words = 0;
    split_words(folded, [&](std::size_t, std::size_t) { ++words; });
    if (words == 0 || words > Lexicon::kLongestTerm) {
      return fail(line_fault(file_name, number, "a term must have 1 to 16 words"));
    }
    out.push_back({std::string(trim(columns[0])),
                   columns.size() > 1 ? std::string(trim(columns[1])) : std::string(), number});
  }
  return out;
}

struct Lexicon::Longest {
  const Terminal* terminal;
  std::size_t last;
};

namespace {

std::vector<std::string> folded_words(std::string_view term) {
  const std::string normal = normalised(term);
  std::vector<std::string> out;
  split_words(normal, [&](std::size_t from, std::size_t to) {
    fold_word(std::string_view(normal).substr(from, to - from), out.emplace_back());
  });
  return out;
}

}  // namespace

void Lexicon::add(std::string_view term, std::size_t group, std::size_t entry, Letters letters) {
  std::vector<std::string> words = folded_words(term);
  if (words.empty()) {
    return;
  }
  groups_ = std::max(groups_, group + 1);
  insert(words, {group, entry, letters});
  if (letters == Letters::any && takes_plural(words.back())) {
    words.back() += 's';
    insert(words, {group, entry, letters});
  }
}

bool Lexicon::add_word(std::string_view word, WordClass word_class) {
  const std::vector<std::string> words = folded_words(word);
  if (words.size() != 1) {
    return false;
  }
  classes_[add_to_vocabulary(words.front())] |= bit(word_class);
  return true;
}

std::uint32_t Lexicon::add_to_vocabulary(const std::string& folded) {
  const auto [found, made] =
      words_.try_emplace(folded, static_cast<std::uint32_t>(words_.size() + 1));
  if (made) {
    classes_.push_back(0);
  }
  return found->second;
}

void Lexicon::insert(const std::vector<std::string>& words, const Terminal& terminal) {
  std::uint32_t state = 0;
  for (const std::string& word : words) {
    const auto [found, made] = edges_.try_emplace(edge(state, add_to_vocabulary(word)), states_);
    states_ += made ? 1 : 0;
    state = found->second;
  }
  auto& here = terminals_[state];
  const bool known = std::any_of(here.begin(), here.end(), [&](const Terminal& other) {
    return other.group == terminal.group && other.letters == terminal.letters;
  });
  if (!known) {
    here.push_back(terminal);
  }
}

Tokens Lexicon::tokens(std::string_view text) const {
  Tokens out;
  out.reserve(text.size() / 5);
  std::string folded;
  std::uint32_t line = 0;
  std::size_t counted = 0;
  split_words(text, [&](std::size_t from, std::size_t to) {
    const std::string_view spelled = text.substr(from, to - from);
    line +=
        static_cast<std::uint32_t>(std::count(text.begin() + counted, text.begin() + from, '\n'));
    counted = from;
    fold_word(spelled, folded);
    const auto known = words_.find(std::string_view(folded));
    const std::uint32_t word = known == words_.end() ? 0 : known->second;
    out.push_back({static_cast<std::uint32_t>(from), static_cast<std::uint32_t>(to), line, word,
                   classes_[word], spelled == "#" ? policy::Letters::mark : letters_of(spelled)});
  });
  return out;
}

void Lexicon::collect(std::string_view text, const Tokens& tokens, std::size_t first,
                      std::vector<Longest>& out) const {
  out.clear();
  std::uint32_t state = 0;
  for (std::size_t i = first; i < tokens.size() && i < first + kLongestTerm; ++i) {
    const auto next = edges_.find(edge(state, tokens[i].word));
    const bool joined =
        i == first || joins_words(text.substr(tokens[i - 1].to, tokens[i].from - tokens[i - 1].to));
    if (next == edges_.end() || !joined) {
      return;
    }
    state = next->second;
    const auto terminals = terminals_.find(state);
    if (terminals == terminals_.end()) {
      continue;
    }
    const std::string_view spelled =
        text.substr(tokens[first].from, tokens[i].to - tokens[first].from);
    for (const Terminal& terminal : terminals->second) {
      if (terminal.letters == Letters::any || in_capitals(spelled)) {
        out.push_back({&terminal, i});
      }
    }
  }
}

void Lexicon::scan(std::string_view text, const Tokens& tokens,
                   std::vector<LexiconHit>& out) const {
  std::vector<std::size_t> taken_until(groups_, 0);  // by group: the first token that is free
  std::vector<Longest> candidates;
  for (std::size_t first = 0; first < tokens.size(); ++first) {
    if (tokens[first].word == 0) {
      continue;
    }
    collect(text, tokens, first, candidates);
    // Longest first: the candidates were found in growing length.
    for (auto candidate = candidates.rbegin(); candidate != candidates.rend(); ++candidate) {
      std::size_t& taken = taken_until[candidate->terminal->group];
      if (taken <= first) {
        taken = candidate->last + 1;
        out.push_back({candidate->terminal->entry, first, candidate->last});
      }
    }
  }
}

}  // namespace phimilter::policy
