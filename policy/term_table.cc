// SPDX-License-Identifier: Apache-2.0
#include "policy/term_table.h"

#include <utility>

#include "policy/normalise.h"

namespace phimilter::policy {
namespace {

std::uint32_t tag_of(std::uint64_t hash) {
  return static_cast<std::uint32_t>(hash >> 32U);
}

bool same(const WordKey& key, std::string_view known) {
  return key.folded ? key.text == known : same_word(key.text, known);
}

std::size_t edge_place(std::uint32_t state, std::uint32_t word) {
  return mix((static_cast<std::uint64_t>(state) << 32U) | word, state);
}

}  // namespace

std::uint32_t TermTable::find_word(const WordKey& key) const {
  const std::size_t mask = slots.size() - 1;
  const std::uint32_t tag = tag_of(key.hash);
  for (std::size_t at = key.hash & mask;; at = (at + 1) & mask) {
    const VocabularySlot& slot = slots[at];
    if (slot.word == 0 || (slot.tag == tag && same(key, word(slot.word)))) {
      return slot.word;
    }
  }
}

std::uint32_t TermTable::step(std::uint32_t state, std::uint32_t word) const {
  const std::size_t mask = edges.size() - 1;
  for (std::size_t at = edge_place(state, word) & mask;; at = (at + 1) & mask) {
    const TermEdge& edge = edges[at];
    if (edge.next == 0 || (edge.state == state && edge.word == word)) {
      return edge.next;
    }
  }
}

std::vector<std::string> folded_words(std::string_view term) {
  const std::string normal = normalised(term);
  std::vector<std::string> out;
  split_words(normal, [&](std::size_t from, std::size_t to, std::uint8_t, std::uint32_t) {
    fold_word(std::string_view(normal).substr(from, to - from), out.emplace_back());
  });
  return out;
}

TermTable TermTableBuilder::view() const {
  return {slots_, word_ends_, letters_, starts_, edges_, states_, terminals_};
}

std::uint32_t TermTableBuilder::add_word(std::string_view folded) {
  const WordKey key{folded, hash_word(folded), true};
  if (const std::uint32_t known = view().find_word(key); known != 0) {
    return known;
  }
  letters_.insert(letters_.end(), folded.begin(), folded.end());
  word_ends_.push_back(static_cast<std::uint32_t>(letters_.size()));
  starts_.push_back(0);
  const auto id = static_cast<std::uint32_t>(word_count());
  if (word_count() * 3 > slots_.size() * 2) {
    grow_slots();
  } else {
    place(key.hash, id);
  }
  return id;
}

void TermTableBuilder::place(std::uint64_t hash, std::uint32_t id) {
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = hash & mask;
  while (slots_[at].word != 0) {
    at = (at + 1) & mask;
  }
  slots_[at] = {tag_of(hash), id};
  hash_is_enough_ = hash_is_enough_ && view().find_hash(hash) == id;
}

void TermTableBuilder::grow_slots() {
  slots_.assign(slots_.size() * 2, {});
  hash_is_enough_ = true;
  for (std::uint32_t id = 1; id <= word_count(); ++id) {
    place(hash_word(view().word(id)), id);
  }
}

void TermTableBuilder::grow_edges() {
  const std::vector<TermEdge> old = std::exchange(edges_, std::vector<TermEdge>(edges_.size() * 2));
  const std::size_t mask = edges_.size() - 1;
  for (const TermEdge& edge : old) {
    std::size_t at = edge_place(edge.state, edge.word) & mask;
    while (edge.next != 0 && edges_[at].next != 0) {
      at = (at + 1) & mask;
    }
    if (edge.next != 0) {
      edges_[at] = edge;
    }
  }
}

std::uint32_t TermTableBuilder::add_edge(std::uint32_t state, std::uint32_t word) {
  if (const std::uint32_t known = view().step(state, word); known != 0) {
    return known;
  }
  if (++edge_count_ * 3 > edges_.size() * 2) {
    grow_edges();
  }
  const std::size_t mask = edges_.size() - 1;
  std::size_t at = edge_place(state, word) & mask;
  while (edges_[at].next != 0) {
    at = (at + 1) & mask;
  }
  edges_[at] = {state, word, static_cast<std::uint32_t>(states_.size())};
  states_.emplace_back();
  return edges_[at].next;
}

std::uint32_t TermTableBuilder::add_term(const std::vector<std::string>& words, Terminal terminal) {
  const std::uint32_t first = add_word(words.front());
  if (starts_[first] == 0) {
    starts_[first] = static_cast<std::uint32_t>(states_.size());
    states_.emplace_back();
  }
  std::uint32_t state = starts_[first];
  for (std::size_t i = 1; i < words.size(); ++i) {
    states_[state].next_words |= TermState::bit_of(hash_word(words[i]));
    state = add_edge(state, add_word(words[i]));
  }
  for (std::uint32_t at = states_[state].head; at != 0; at = terminals_[at - 1].next) {
    const Terminal& known = terminals_[at - 1];
    if (known.group == terminal.group && known.capitals == terminal.capitals) {
      return first;
    }
  }
  terminal.next = states_[state].head;
  terminals_.push_back(terminal);
  states_[state].head = static_cast<std::uint32_t>(terminals_.size());
  return first;
}

}  // namespace phimilter::policy
