// SPDX-License-Identifier: Apache-2.0
//
// Made-up mail text to measure with: the same seed gives the same text. Words follow a steep
// distribution like those of real mail: few are very common, most are rare and in no list.
#pragma once

#include <cstddef>
#include <random>
#include <string>
#include <vector>

namespace phimilter::bench {

enum class Mix {
  plain,   // letters between people, quoted replies, signatures; one sentence in eight is clinical
  tables,  // rows of names, dates, numbers and results
  digits,  // numbers and separators without end: what number patterns like least
};

class MailText {
 public:
  explicit MailText(unsigned seed);
  // About `bytes` of text, always whole lines.
  std::string make(Mix mix, std::size_t bytes);
  // `count` different terms of one to four words; some of the words are common in the text.
  std::vector<std::string> terms(std::size_t count);

 private:
  std::size_t below(std::size_t limit) { return random_() % limit; }
  const std::string& word();
  std::string capital(std::string word) const;
  std::string number(std::size_t digits);
  void sentence(std::string& out);
  void mail(std::string& out);
  void row(std::string& out);
  void soup(std::string& out);

  std::mt19937 random_;
  std::vector<std::string> rare_;
};

}  // namespace phimilter::bench
