// SPDX-License-Identifier: Apache-2.0
//
// RTF as braces, control words, characters and text (Rich Text Format Specification 1.9.1,
// "RTF Syntax"). Any bytes are some tokens; each byte is looked at once.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace phimilter::extract {

struct RtfToken {
  enum class Kind {
    open,    // {
    close,   // }
    word,    // \word or \wordN; `text` is the word
    symbol,  // \ and one other character, which is `text`
    byte,    // \'hh
    text,    // bytes that stand for themselves; line breaks are not among them
    binary,  // what \binN announced
    end,
  };
  Kind kind = Kind::end;
  std::string_view text;
  std::optional<int> parameter;
  char byte = '\0';
};

class RtfTokens {
 public:
  explicit RtfTokens(std::string_view bytes) : bytes_(bytes) {}
  RtfToken next();

 private:
  RtfToken control();
  RtfToken word();
  RtfToken plain();

  std::string_view bytes_;
  std::size_t position_ = 0;
  std::size_t binary_ = 0;
};

}  // namespace phimilter::extract
