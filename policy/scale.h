// SPDX-License-Identifier: Apache-2.0
//
// What one message, or a stretch of one, holds of what a model weighs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "extract/message_text.h"
#include "policy/finding.h"
#include "policy/tokens.h"
#include "policy/weighing.h"

namespace phimilter::policy {

// Of findings of one class, or of a group of classes.
struct ClassFacts {
  int least = 0;              // the surest one
  std::size_t different = 0;  // texts
  std::size_t worth = 0;      // what their confidences add up to
};

// Copying one that has room already allocates nothing.
class Scale {
 public:
  explicit Scale(const Weigher& weigher);
  // Words of a text that is no header.
  void add_said(std::span<const std::uint16_t> said);
  // `text` is normalised.
  void add_header(std::string_view text, std::span<const Token> tokens);
  void add_evidence(std::span<const Weigher::Evidence> evidence);
  // More was found than it takes.
  bool is_full() const { return records_.size() >= kMostRecords; }
  // 0 to 100: a probability among the messages that the model was trained with.
  int confidence() const;
  // The traits that the sum is made of, the heaviest first.
  std::vector<CountedTrait> heaviest(std::size_t most) const;
  // Words of the text and of the subject.
  std::size_t said() const { return said_; }

 private:
  static constexpr std::size_t kMostRecords = 3000;
  // The surest finding of a text under a key.
  struct Record {
    std::uint64_t text;
    std::uint32_t key;
    int confidence;
  };
  static std::optional<Weigher::Zone> zone_of(std::string_view field);
  void add(std::uint16_t trait);
  bool is_seen(std::size_t place) const { return (seen_[place / 64] >> place % 64 & 1U) != 0; }
  PersonTold person() const;
  float sum_of(std::size_t key) const;
  template <typename Count>
  void for_each_trait_but_words(const Count& count) const;

  const Weigher* weigher_;
  std::vector<std::uint64_t> seen_;  // by place of a word among those that weigh: a bit
  float words_ = 0;                  // their sum
  std::uint32_t shapes_ = 0;         // a bit each
  std::size_t length_ = 0;
  std::size_t said_ = 0;
  std::vector<Record> records_;    // by key, then text
  std::vector<ClassFacts> facts_;  // by key
};

}  // namespace phimilter::policy
