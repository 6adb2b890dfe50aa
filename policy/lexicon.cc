// SPDX-License-Identifier: Apache-2.0
#include "policy/lexicon.h"

#include <algorithm>

#include "base/encoding.h"
#include "policy/normalise.h"

namespace phimilter::policy {
namespace {

constexpr std::size_t kWordsBetweenClockLooks = 4096;
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

std::vector<Word> split_words(std::string_view text) {
  std::vector<Word> words;
  std::size_t at = 0;
  while (at < text.size()) {
    if (text[at] == '#') {
      words.push_back({at, at + 1});
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
    words.push_back({at, end});
    at = end;
  }
  return words;
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
    const std::size_t words = split_words(folded).size();
    if (words == 0 || words > Lexicon::kLongestTerm) {
      return fail(line_fault(file_name, number, "a term must have 1 to 16 words"));
    }
    out.push_back({std::string(trim(columns[0])),
                   columns.size() > 1 ? std::string(trim(columns[1])) : std::string(), number});
  }
  return out;
}

struct Lexicon::Candidate {
  const Terminal* terminal;
  std::size_t last_word;
};

void Lexicon::add(std::string_view term, std::size_t group, std::size_t entry, Letters letters) {
  const std::string folded = normalised(term);
  std::vector<std::string> words;
  for (const Word& word : split_words(folded)) {
    fold_word(std::string_view(folded).substr(word.from, word.to - word.from),
              words.emplace_back());
  }
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

void Lexicon::insert(const std::vector<std::string>& words, const Terminal& terminal) {
  std::uint32_t state = 0;
  for (const std::string& word : words) {
    const auto id =
        words_.try_emplace(word, static_cast<std::uint32_t>(words_.size() + 1)).first->second;
    const auto [found, made] = edges_.try_emplace(edge(state, id), states_);
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

std::uint32_t Lexicon::word_id(std::string_view folded) const {
  const auto found = words_.find(folded);
  return found == words_.end() ? 0 : found->second;
}

void Lexicon::collect(std::string_view text, const std::vector<Word>& words,
                      const std::vector<std::uint32_t>& ids, std::size_t first,
                      std::vector<Candidate>& out) const {
  out.clear();
  std::uint32_t state = 0;
  for (std::size_t i = first; i < words.size() && i < first + kLongestTerm; ++i) {
    const auto next = edges_.find(edge(state, ids[i]));
    const bool joined =
        i == first || joins_words(text.substr(words[i - 1].to, words[i].from - words[i - 1].to));
    if (next == edges_.end() || !joined) {
      return;
    }
    state = next->second;
    const auto terminals = terminals_.find(state);
    if (terminals == terminals_.end()) {
      continue;
    }
    const std::string_view spelled =
        text.substr(words[first].from, words[i].to - words[first].from);
    for (const Terminal& terminal : terminals->second) {
      if (terminal.letters == Letters::any || in_capitals(spelled)) {
        out.push_back({&terminal, i});
      }
    }
  }
}

bool Lexicon::scan(std::string_view text, const std::function<bool(const TermMatch&)>& visit,
                   const std::function<bool()>& out_of_time) const {
  const std::vector<Word> words = split_words(text);
  std::vector<std::uint32_t> ids;
  ids.reserve(words.size());
  std::string folded;
  for (const Word& word : words) {
    fold_word(text.substr(word.from, word.to - word.from), folded);
    ids.push_back(word_id(folded));
  }
  std::vector<std::size_t> taken_until(groups_, 0);  // by group: the first word that is free
  std::vector<Candidate> candidates;
  for (std::size_t first = 0; first < words.size(); ++first) {
    if (first % kWordsBetweenClockLooks == 0 && out_of_time()) {
      return false;
    }
    if (ids[first] == 0) {
      continue;
    }
    collect(text, words, ids, first, candidates);
    // Longest first: the candidates were found in growing length.
    for (auto candidate = candidates.rbegin(); candidate != candidates.rend(); ++candidate) {
      std::size_t& taken = taken_until[candidate->terminal->group];
      if (taken > first) {
        continue;
      }
      taken = candidate->last_word + 1;
      if (!visit({candidate->terminal->entry, words[first].from, words[candidate->last_word].to})) {
        return false;
      }
    }
  }
  return true;
}

}  // namespace phimilter::policy
