// SPDX-License-Identifier: Apache-2.0
//
// How much a message as a whole reads like one about somebody's care: a linear model over its words
// and over what was found in it. The rules ask for single pieces of evidence; this sees that many
// weak ones point the same way, or that one strong one stands alone among words of something else.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "extract/message_text.h"
#include "policy/finding.h"
#include "policy/lexicon.h"
#include "policy/weights.h"

namespace phimilter::policy {

WordShape shape_of(const Token& token);

// A model made ready: read by all threads.
class Weigher {
 public:
  Weigher(const std::vector<Weight>& weights, const Lexicon& lexicon);

  // What each of these words of a text says to the model, for Scale::add_said().
  std::vector<std::uint16_t> said_by(std::span<const Token> tokens) const;

  // A finding as it counts under one key, its class or a group of classes: by what the text says,
  // whatever its case and marks.
  struct Evidence {
    std::size_t offset;
    std::uint64_t text;
    std::uint32_t key;
    int confidence;
  };
  // Of findings of one part, or of those that stand in none, in their order; `text` is the part's
  // own.
  std::vector<Evidence> evidence(std::span<const Finding> findings, std::string_view text,
                                 extract::PartKind kind) const;

  const std::vector<std::string>& class_names() const { return class_names_; }
  // Words that weigh nothing, since no list of the policy holds them.
  const std::vector<std::string>& unknown_words() const { return unknown_words_; }

 private:
  friend class Scale;
  // Classes that are counted together, too: the first keys.
  enum Group : std::uint32_t { kHealth, kFacts, kPayment, kId, kContext, kGroups };
  // Where a word stands: the text and the subject, or a side of the header.
  enum Zone : std::size_t { kSaid, kFrom, kTo, kZones };
  struct ClassWeight {
    Trait trait;
    std::size_t at;
    float weight;
  };
  struct PersonWeight {
    PersonTold person;
    std::size_t worth;
    float weight;
  };
  // A place of a word, or one more than a shape above all places; 0: nothing.
  static constexpr std::uint16_t kShapePlaces = kMostWeights + 1;
  static bool is_plain(const Token& token);
  std::uint16_t trait_of(const Token& token, std::size_t zone) const;
  static std::uint32_t groups_of(std::string_view name);
  std::uint32_t key_of(std::string_view name);
  void add(const Weight& weight, const Lexicon& lexicon);
  void add_word(const Weight& weight, std::size_t zone, const Lexicon& lexicon);

  std::vector<std::string> unknown_words_;
  float always_ = 0;
  std::size_t vocabulary_ = 0;
  std::vector<std::uint16_t> places_;  // by zone and word, into word_weights_; 0: none
  std::vector<float> word_weights_;
  std::vector<std::string> word_names_;  // of each: trait and word
  std::array<float, kWordShapes> shapes_{};
  std::vector<std::pair<std::size_t, float>> lengths_;
  std::vector<std::vector<ClassWeight>> class_weights_;  // by class
  std::vector<PersonWeight> persons_;
  std::vector<std::string> class_names_;
  std::vector<std::uint32_t> class_groups_;              // of each class: the groups it counts in
  std::unordered_map<std::string, std::uint32_t> keys_;  // class or group -> index of its name
  std::vector<std::uint32_t> named_by_;                  // classes that name a person
  std::uint32_t possible_ = 0;
  std::uint32_t greeted_ = 0;
  std::uint32_t addressed_ = 0;
  std::uint32_t sender_ = 0;
  std::uint32_t from_care_ = 0;
  std::uint32_t to_care_ = 0;
};

}  // namespace phimilter::policy
