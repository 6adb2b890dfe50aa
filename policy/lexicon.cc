// SPDX-License-Identifier: Apache-2.0
#include "policy/lexicon.h"

#include <algorithm>
#include <array>

#include "base/encoding.h"
#include "policy/lexicon_image.h"

namespace phimilter::policy {
namespace {

constexpr std::size_t kLongestGap = 6;
constexpr std::size_t kBytesPerWord = 4;  // of ordinary text, blanks and marks included

// "d.o.b.", "follow-up", "and/or", a line break inside a phrase, and the mark of a quoted reply; a
// TAB is a border between cells.
bool joins_words(std::string_view gap) {
  if (gap == " ") {
    return true;
  }
  return gap.size() <= kLongestGap &&
         gap.find_first_not_of(" \n-/_.'*>") == std::string_view::npos &&
         gap.find(". ") == std::string_view::npos && gap.find(".\n") == std::string_view::npos &&
         std::count(gap.begin(), gap.end(), '\n') < 2;
}

constexpr Letters letters_by_kinds(std::uint8_t kinds) {
  using namespace byte_kind;
  const bool lower = (kinds & (kLower | kHigh)) != 0;
  const bool capital = (kinds & kCapital) != 0;
  if ((kinds & kDigit) != 0) {
    return lower || capital ? Letters::both : Letters::digits;
  }
  if ((kinds & kMark) != 0) {
    return Letters::mark;
  }
  if (!capital) {
    return Letters::lower;
  }
  return lower ? Letters::mixed : Letters::capitals;
}

constexpr std::array<Letters, 64> letters_table() {
  std::array<Letters, 64> out{};
  for (std::uint8_t kinds = 0; kinds < out.size(); ++kinds) {
    out[kinds] = letters_by_kinds(kinds);
  }
  return out;
}

Letters letters_of(std::uint8_t kinds, char first) {
  static constexpr std::array<Letters, 64> kTable = letters_table();
  const Letters out = kTable[kinds % kTable.size()];
  return out == Letters::mixed && first >= 'A' && first <= 'Z' ? Letters::first : out;
}

bool in_capitals(std::string_view spelled) {
  return std::none_of(spelled.begin(), spelled.end(),
                      [](char c) { return byte_kind::of(c) == byte_kind::kLower; });
}

bool takes_plural(const std::string& word) {
  return word.size() >= 4 && word.back() >= 'a' && word.back() <= 'z' && word.back() != 's' &&
         word.back() != 'x' && word.back() != 'y';
}

Fault line_fault(const std::string& file_name, int line, const std::string& what) {
  return configuration_fault("policy.lexicon",
                             file_name + ":" + std::to_string(line) + ": " + what);
}

Result<LexiconLine> parse_line(std::string_view line, const std::string& file_name, int number) {
  if (std::any_of(line.begin(), line.end(),
                  [](char c) { return static_cast<unsigned char>(c) < ' ' && c != '\t'; })) {
    return fail(line_fault(file_name, number, "not text"));
  }
  const auto columns = split(line, '\t');
  if (columns.size() > 2) {
    return fail(line_fault(file_name, number, "more than two columns"));
  }
  const std::string_view term = trim(columns[0]);
  const std::size_t words = folded_words(term).size();
  if (words == 0 || words > kLongestTerm) {
    return fail(line_fault(file_name, number, "a term must have 1 to 16 words"));
  }
  return LexiconLine{std::string(term), std::string(columns.size() > 1 ? trim(columns[1]) : ""),
                     number};
}

// Words of the lexicon's own table: known from the tokens.
class OwnWords {
 public:
  explicit OwnWords(const Tokens& tokens) : tokens_(tokens) {}
  std::uint32_t word_of(std::size_t token) const { return tokens_[token].word; }

 private:
  const Tokens& tokens_;
};

// Words of a compiled lexicon: looked up only where a term may begin or go on.
class ImageWords {
 public:
  ImageWords(const LexiconImage& image, std::string_view text, const Tokens& tokens,
             const std::vector<std::uint64_t>& hashes)
      : image_(image), text_(text), tokens_(tokens), hashes_(hashes) {}
  std::uint32_t word_of(std::size_t token) {
    if (image_.hash_is_enough()) {
      return image_.table().find_hash(hashes_[token]);
    }
    const std::string_view word = spelled(text_, tokens_[token]);
    const bool plain = std::all_of(word.begin(), word.end(),
                                   [](char c) { return c != '\'' && (c & '\x80') == 0; });
    if (!plain) {
      fold_word(word, buffer_);
    }
    return image_.table().find_word({plain ? word : buffer_, hashes_[token], !plain});
  }

 private:
  const LexiconImage& image_;
  std::string_view text_;
  const Tokens& tokens_;
  const std::vector<std::uint64_t>& hashes_;
  std::string buffer_;
};

// The terms of one table that stand in a text.
template <typename Words>
class TermScan {
 public:
  TermScan(const TermTable& table, std::string_view text, const Tokens& tokens,
           const std::vector<std::uint64_t>& hashes, Words words, std::size_t groups,
           const std::vector<bool>& one_line)
      : table_(table),
        text_(text),
        tokens_(tokens),
        hashes_(hashes),
        words_(std::move(words)),
        one_line_(one_line),
        taken_until_(groups, 0) {}

  // All terms that begin with this token; tokens are asked in their order.
  void read(std::size_t first, std::uint32_t state, std::size_t first_entry,
            std::vector<LexiconHit>& out) {
    walk(first, state);
    settle(first, first_entry, out);
  }

 private:
  struct End {
    std::size_t last;
    std::uint32_t head;
  };

  // The ends of all terms that begin here, in growing length.
  void walk(std::size_t first, std::uint32_t state) {
    count_ = 0;
    for (std::size_t last = first;; ++last) {
      const TermState& here = table_.states[state];
      if (here.head != 0) {
        ends_[count_++] = {last, here.head};
      }
      if (last + 1 >= tokens_.size() || last + 1 >= first + kLongestTerm ||
          !here.may_go_on(hashes_[last + 1])) {
        return;
      }
      const std::uint32_t word = words_.word_of(last + 1);
      state = word == 0 ? 0 : table_.step(state, word);
      const std::size_t gap = tokens_[last].to;
      if (state == 0 || !joins_words(text_.substr(gap, tokens_[last + 1].from - gap))) {
        return;
      }
    }
  }

  // Longest first.
  void settle(std::size_t first, std::size_t first_entry, std::vector<LexiconHit>& out) {
    while (count_ > 0) {
      const End& end = ends_[--count_];
      for (std::uint32_t at = end.head; at != 0; at = table_.terminals[at - 1].next) {
        const Terminal& terminal = table_.terminals[at - 1];
        std::size_t& taken = taken_until_[terminal.group];
        if (taken > first || broken(terminal.group, first, end.last) ||
            (terminal.capitals != 0 && !in_capitals(spelled(first, end.last)))) {
          continue;
        }
        taken = end.last + 1;
        out.push_back({first_entry + terminal.entry, first, end.last});
      }
    }
  }

  bool broken(std::size_t group, std::size_t first, std::size_t last) const {
    return group < one_line_.size() && one_line_[group] &&
           tokens_[first].line != tokens_[last].line;
  }

  std::string_view spelled(std::size_t first, std::size_t last) const {
    return text_.substr(tokens_[first].from, tokens_[last].to - tokens_[first].from);
  }

  const TermTable& table_;
  std::string_view text_;
  const Tokens& tokens_;
  const std::vector<std::uint64_t>& hashes_;
  Words words_;
  const std::vector<bool>& one_line_;
  std::vector<std::size_t> taken_until_;  // by group: the first token that is free
  std::array<End, kLongestTerm> ends_{};
  std::size_t count_ = 0;
};

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
    auto parsed = parse_line(line, file_name, number);
    if (!parsed) {
      return fail(parsed);
    }
    out.push_back(std::move(*parsed));
  }
  return out;
}

void Lexicon::add(std::string_view term, std::size_t group, std::size_t entry, Letters letters) {
  std::vector<std::string> words = folded_words(term);
  if (words.empty() || words.size() > kLongestTerm) {
    return;
  }
  groups_ = std::max(groups_, group + 1);
  const Terminal terminal{static_cast<std::uint32_t>(entry), 0, static_cast<std::uint16_t>(group),
                          static_cast<std::uint16_t>(letters == Letters::capitals ? 1 : 0)};
  const auto add = [&] {
    const std::uint32_t first = table_.add_term(words, terminal);
    facts_.resize(table_.word_count() + 1);
    facts_[first].start = table_.view().starts[first];
  };
  add();
  if (letters == Letters::any && takes_plural(words.back())) {
    words.back() += 's';
    add();
  }
}

void Lexicon::keep_on_line(std::size_t group) {
  one_line_.resize(std::max(one_line_.size(), group + 1), false);
  one_line_[group] = true;
}

bool Lexicon::add_word(std::string_view word, WordClass word_class) {
  const std::vector<std::string> words = folded_words(word);
  if (words.size() != 1) {
    return false;
  }
  const std::uint32_t id = table_.add_word(words.front());
  facts_.resize(table_.word_count() + 1);
  facts_[id].classes |= bit(word_class);
  return true;
}

void Lexicon::add_image(std::shared_ptr<const LexiconImage> image, std::size_t first_entry) {
  images_.push_back({std::move(image), first_entry});
}

std::uint32_t Lexicon::word_id(std::string_view folded) const {
  return table_.view().find_word({folded, hash_word(folded), true});
}

Tokens Lexicon::tokens(std::string_view text) const {
  WordNotes notes;
  return tokens(text, notes);
}

Tokens Lexicon::tokens(std::string_view text, WordNotes& notes) const {
  Tokens out;
  out.reserve(text.size() / kBytesPerWord + 1);
  notes.hashes.clear();
  notes.hashes.reserve(text.size() / kBytesPerWord + 1);
  notes.starts.clear();
  const TermTable table = table_.view();
  const bool by_hash = table_.hash_is_enough();
  std::string buffer;
  split_words(text, [&](std::size_t from, std::size_t to, std::uint8_t kinds, std::uint32_t line) {
    const bool plain = (kinds & (byte_kind::kHigh | byte_kind::kApostrophe)) == 0;
    const std::uint64_t hash = plain ? hash_word_at(text, from, to)
                                     : word_key(text.substr(from, to - from), kinds, buffer).hash;
    __builtin_prefetch(&table.slots[hash & (table.slots.size() - 1)]);
    notes.hashes.push_back(hash);
    out.push_back({static_cast<std::uint32_t>(from), static_cast<std::uint32_t>(to), line, kinds, 0,
                   letters_of(kinds, text[from])});
  });
  for (std::size_t i = 0; i < out.size(); ++i) {
    Token& token = out[i];
    const std::string_view word = text.substr(token.from, token.to - token.from);
    const auto kinds = static_cast<std::uint8_t>(token.word);
    token.word =
        by_hash ? table.find_hash(notes.hashes[i]) : table.find_word(word_key(word, kinds, buffer));
    const WordFacts& facts = facts_[token.word];
    token.classes = facts.classes;
    if (facts.start != 0) {
      notes.starts.push_back({static_cast<std::uint32_t>(i), facts.start});
    }
    if ((kinds & byte_kind::kApostrophe) != 0 && token.classes == 0) {
      token.classes = classes_of_owner(word);
    }
  }
  return out;
}

// "Maria's" is of the classes of "Maria".
WordClasses Lexicon::classes_of_owner(std::string_view word) const {
  if (word.size() <= 3 || word[word.size() - 2] != '\'' || (word.back() | ' ') != 's') {
    return 0;
  }
  std::string buffer;
  const std::string_view owner = word.substr(0, word.size() - 2);
  return facts_[table_.view().find_word(word_key(owner, byte_kind::kApostrophe, buffer))].classes;
}

void Lexicon::scan(std::string_view text, const Tokens& tokens, const WordNotes& notes,
                   std::vector<LexiconHit>& out) const {
  const TermTable own = table_.view();
  TermScan scan(own, text, tokens, notes.hashes, OwnWords(tokens), groups_, one_line_);
  for (const WordNotes::Start& start : notes.starts) {
    scan.read(start.token, start.state, 0, out);
  }
  for (const Image& image : images_) {
    const auto middle = static_cast<std::ptrdiff_t>(out.size());
    scan_image(image, text, tokens, notes.hashes, out);
    std::inplace_merge(out.begin(), out.begin() + middle, out.end(),
                       [](const LexiconHit& a, const LexiconHit& b) { return a.first < b.first; });
  }
}

// Long lists are not in the processor's cache: what will be asked is asked for before.
void Lexicon::scan_image(const Image& image, std::string_view text, const Tokens& tokens,
                         const std::vector<std::uint64_t>& hashes,
                         std::vector<LexiconHit>& out) const {
  const TermTable& table = image.image->table();
  std::vector<std::uint32_t> first_words;
  for (std::size_t i = 0; i < hashes.size(); ++i) {
    if (image.image->may_start(hashes[i])) {
      __builtin_prefetch(&table.slots[hashes[i] & (table.slots.size() - 1)]);
      first_words.push_back(static_cast<std::uint32_t>(i));
    }
  }
  ImageWords words(*image.image, text, tokens, hashes);
  std::vector<WordNotes::Start> starts;
  starts.reserve(first_words.size());
  for (const std::uint32_t first : first_words) {
    const std::uint32_t word = words.word_of(first);
    __builtin_prefetch(&table.starts[word]);
    starts.push_back({first, word});
  }
  for (WordNotes::Start& start : starts) {
    start.state = table.starts[start.state];
    __builtin_prefetch(&table.states[start.state]);
  }
  const std::vector<bool> over_lines;
  TermScan scan(table, text, tokens, hashes, words, 1, over_lines);
  for (const WordNotes::Start& start : starts) {
    if (start.state != 0) {
      scan.read(start.token, start.state, image.first_entry, out);
    }
  }
}

}  // namespace phimilter::policy
