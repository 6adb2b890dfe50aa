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

// Texts of more bytes are not weighed: their words say too much of everything.
inline constexpr std::size_t kMostWeighedText = 12000;
inline constexpr std::size_t kMostWeighedWords = 400;  // of each part, for the whole

WordShape shape_of(const Token& token);

// Of findings of one class, or of a group of classes.
struct ClassFacts {
  int least = 0;              // the surest one
  std::size_t different = 0;  // texts
  std::size_t worth = 0;      // what their confidences add up to
};

// A model made ready: read by all threads.
class Weigher {
 public:
  Weigher(const std::vector<Weight>& weights, const Lexicon& lexicon);

  // What one message holds so far.
  class Scale {
   public:
    explicit Scale(const Weigher& weigher);
    // Words of one part; `text` is its normalised text.
    void add_words(std::string_view text, std::span<const Token> tokens, extract::PartKind kind);
    // Findings of that part, or those that stand in none; `text` is the part's own.
    void add_findings(std::span<const Finding> findings, std::string_view text,
                      extract::PartKind kind);
    // More was found than it takes.
    bool is_full() const { return records_.size() >= kMostRecords; }
    // 0 to 100: a probability among the messages that the model was trained with.
    int confidence() const;
    // The traits that the sum is made of, the heaviest first.
    std::vector<CountedTrait> heaviest(std::size_t most) const;

    // What the sum is made of.
    bool has_shape(WordShape shape) const {
      return (shapes_ >> static_cast<unsigned>(shape) & 1U) != 0;
    }
    std::size_t length() const { return length_; }
    // Words of the text and of the subject.
    std::size_t said() const { return said_; }
    std::vector<ClassFacts> facts() const;
    PersonTold person(const std::vector<ClassFacts>& facts) const;

   private:
    static constexpr std::size_t kMostRecords = 3000;
    struct Record {
      std::uint32_t key;
      int confidence;
      std::uint64_t text;
    };
    void add_header(std::string_view text, std::span<const Token> tokens);
    // In a zone of its own, the same word is another trait.
    void add_word(const Token& token, std::size_t zone);
    void add_odd_word(const Token& token, std::size_t zone);
    void count(std::uint16_t place);
    float sum_of(const ClassFacts& facts, std::size_t key) const;
    template <typename Count>
    void for_each_trait_but_words(const Count& count) const;
    void add_finding(const Finding& finding, std::string_view text, extract::PartKind kind);

    const Weigher& weigher_;
    std::vector<char> seen_;    // by place of a word among those that weigh: 1
    float words_ = 0;           // their sum
    std::uint32_t shapes_ = 0;  // a bit each
    std::size_t length_ = 0;
    std::size_t said_ = 0;
    std::vector<Record> records_;
  };

  const std::vector<std::string>& class_names() const { return class_names_; }
  // Words that weigh nothing, since no list of the policy holds them.
  const std::vector<std::string>& unknown_words() const { return unknown_words_; }

 private:
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
