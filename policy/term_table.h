// SPDX-License-Identifier: Apache-2.0
//
// Words and terms as flat arrays: a vocabulary (open addressing), and a tree of words in which
// every term is a path (edges open addressing, too). The same arrays stand in memory and in
// compiled lexicons (policy/lexicon_image.h).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "policy/word_key.h"

namespace phimilter::policy {

inline constexpr std::size_t kLongestTerm = 16;  // words

struct VocabularySlot {
  std::uint32_t tag = 0;   // upper half of the word's hash
  std::uint32_t word = 0;  // from 1; 0: empty
};

struct TermEdge {
  std::uint32_t state = 0;  // from 1: behind the first word
  std::uint32_t word = 0;
  std::uint32_t next = 0;  // state; 0: empty
};

// A place in the tree: behind the first words of a term.
struct TermState {
  std::uint32_t head = 0;        // one more than an index into terminals; 0: no term ends here
  std::uint32_t next_words = 0;  // bits by the hashes of the words that go on
  static std::uint32_t bit_of(std::uint64_t hash) { return 1U << (hash >> 59U); }
  bool may_go_on(std::uint64_t hash) const { return (next_words & bit_of(hash)) != 0; }
};

struct Terminal {
  std::uint32_t entry = 0;
  std::uint32_t next = 0;  // one more than the index of the next one of this state; 0: none
  std::uint16_t group = 0;
  std::uint16_t capitals = 0;  // 1: only where the text has no lower-case letter
};

// Views. Sizes of `slots` and `edges` are powers of two, a third of them empty at least.
struct TermTable {
  std::span<const VocabularySlot> slots;
  std::span<const std::uint32_t> word_ends;  // of word w in `letters`; 0 for w = 0
  std::span<const char> letters;
  std::span<const std::uint32_t> starts;  // word -> state, 0: no term begins with it
  std::span<const TermEdge> edges;
  std::span<const TermState> states;
  std::span<const Terminal> terminals;

  std::uint32_t find_word(const WordKey& key) const;  // 0: not in the vocabulary
  // By the hash alone, where it is known to tell the words of this table apart.
  std::uint32_t find_hash(std::uint64_t hash) const {
    const std::size_t mask = slots.size() - 1;
    for (std::size_t at = hash & mask;; at = (at + 1) & mask) {
      const VocabularySlot& slot = slots[at];
      if (slot.word == 0 || slot.tag == static_cast<std::uint32_t>(hash >> 32U)) {
        return slot.word;
      }
    }
  }
  std::uint32_t step(std::uint32_t state, std::uint32_t word) const;  // 0: there is no such term
  std::string_view word(std::uint32_t id) const {
    return {letters.data() + word_ends[id - 1], word_ends[id] - word_ends[id - 1]};
  }
};

static_assert(std::is_trivially_copyable_v<VocabularySlot> && sizeof(VocabularySlot) == 8);
static_assert(std::is_trivially_copyable_v<TermState> && sizeof(TermState) == 8);
static_assert(std::is_trivially_copyable_v<TermEdge> && sizeof(TermEdge) == 12);
static_assert(std::is_trivially_copyable_v<Terminal> && sizeof(Terminal) == 12);

// Words of a term, folded.
std::vector<std::string> folded_words(std::string_view term);

// Owns the arrays while they grow.
class TermTableBuilder {
 public:
  TermTable view() const;
  std::uint32_t add_word(std::string_view folded);
  // `words` has 1 to kLongestTerm words. Of equal terms of one group the first one stays. Returns
  // the first word.
  std::uint32_t add_term(const std::vector<std::string>& words, Terminal terminal);
  std::size_t word_count() const { return word_ends_.size() - 1; }
  // Whether find_hash() tells all words of the table apart.
  bool hash_is_enough() const { return hash_is_enough_; }

 private:
  std::uint32_t add_edge(std::uint32_t state, std::uint32_t word);
  void place(std::uint64_t hash, std::uint32_t id);
  void grow_slots();
  void grow_edges();

  bool hash_is_enough_ = true;
  std::vector<VocabularySlot> slots_ = std::vector<VocabularySlot>(64);
  std::vector<std::uint32_t> word_ends_{0};
  std::vector<char> letters_;
  std::vector<std::uint32_t> starts_{0};
  std::vector<TermEdge> edges_ = std::vector<TermEdge>(64);
  std::size_t edge_count_ = 0;
  std::vector<TermState> states_ = std::vector<TermState>(1);
  std::vector<Terminal> terminals_;
};

}  // namespace phimilter::policy
