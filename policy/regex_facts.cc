// SPDX-License-Identifier: Apache-2.0
#include "policy/regex_facts.h"

#include "policy/regex_pieces.h"

namespace phimilter::policy {
namespace {

constexpr std::size_t kUnbounded = RegexFacts::kUnbounded;
constexpr std::size_t kDeepest = 60;
constexpr std::string_view kAnyCase = "(?i)";
constexpr std::size_t kBehindFlags = 2;  // "(?" at the front

bool is_word(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Beyond ASCII, all of them where there is one.
ByteSet in_both_cases(const ByteSet& bytes) {
  ByteSet out = bytes;
  bool high = false;
  for (std::size_t c = 'a'; c <= 'z'; ++c) {
    const bool either = bytes[c] || bytes[c - 'a' + 'A'];
    out[c] = either;
    out[c - 'a' + 'A'] = either;
  }
  for (std::size_t c = 0x80; c < out.size(); ++c) {
    high = high || bytes[c];
  }
  for (std::size_t c = 0x80; c < out.size(); ++c) {
    out[c] = high;
  }
  return out;
}

// Reads the expression; gives up (`broken`) at what it does not know.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text), plain_(text.starts_with(kAnyCase)) {}

  RegexFacts read() {
    const Piece piece = alternatives(0);
    RegexFacts out;
    if (broken_ || at_ < text_.size()) {
      return out;
    }
    out.understood = true;
    out.longest = piece.longest;
    out.shortest = piece.shortest;
    out.bytes = in_both_cases(piece.bytes);
    out.digits = piece.digits;
    out.literals = piece.required.facts();
    out.frequency = piece.required.frequency();
    out.fronts = piece.front.fronts();
    out.front_frequency = piece.front.frequency();
    out.words = plain_ && piece.required.are_words();
    return out;
  }

 private:
  bool more() const { return at_ < text_.size() && !broken_; }
  bool next_is(char c) const { return at_ < text_.size() && text_[at_] == c; }
  bool take(std::string_view what) {
    const bool here = text_.substr(at_).starts_with(what);
    at_ += here ? what.size() : 0;
    return here;
  }
  void give_up() { broken_ = true; }

  Piece alternatives(std::size_t depth) {
    Piece out = sequence(depth);
    while (more() && take("|")) {
      out = either(out, sequence(depth));
    }
    return out;
  }

  Piece sequence(std::size_t depth) {
    Sequence out;
    if (depth > kDeepest) {
      give_up();
    }
    while (more() && !next_is('|') && !next_is(')')) {
      out.append(quantified(atom(depth)));
    }
    return out.finish();
  }

  Piece quantified(Piece piece) {
    while (more()) {
      std::size_t least = 0;
      std::size_t most = kUnbounded;
      if (take("*")) {
      } else if (take("+")) {
        least = 1;
      } else if (take("?")) {
        most = 1;
      } else if (!counts(least, most)) {
        return piece;
      }
      take("?");
      piece = repeated(piece, least, most);
    }
    return piece;
  }

  // "{2}", "{2,}", "{2,5}"; anything else is spelled with braces.
  bool counts(std::size_t& least, std::size_t& most) {
    const std::size_t begin = at_;
    if (take("{") && number(least)) {
      most = least;
      if (take(",") && !number(most)) {
        most = kUnbounded;
      }
      if (take("}")) {
        return true;
      }
    }
    at_ = begin;
    return false;
  }

  bool number(std::size_t& out) {
    const std::size_t begin = at_;
    std::size_t value = 0;
    while (at_ < text_.size() && is_digit(text_[at_]) && value < 10'000) {
      value = value * 10 + static_cast<std::size_t>(text_[at_++] - '0');
    }
    out = at_ > begin ? value : out;
    return at_ > begin;
  }

  Piece atom(std::size_t depth) {
    const char c = text_[at_++];
    switch (c) {
      case '(':
        return group(depth);
      case '[':
        return one_of(byte_class());
      case '.':
        return one_of(ByteSet().set());
      case '^':
      case '$':
        plain_ = false;
        return spelling({""});
      case '\\':
        return escaped();
      default:
        return one_of(ByteSet().set(static_cast<unsigned char>(c)));
    }
  }

  Piece group(std::size_t depth) {
    if (take("?P<") || take("?<")) {
      while (more() && !take(">")) {
        ++at_;
      }
    } else if (take("?")) {
      plain_ = plain_ && (next_is(':') || at_ == kBehindFlags);
      while (more() && !next_is(':') && !next_is(')')) {
        ++at_;
      }
      if (next_is(')')) {  // flags for what follows
        ++at_;
        return spelling({""});
      }
      take(":");
    }
    const Piece out = alternatives(depth + 1);
    if (!take(")")) {
      give_up();
    }
    return out;
  }

  Piece escaped() {
    if (at_ >= text_.size()) {
      give_up();
      return {};
    }
    if (take("b")) {
      Piece out;
      out.word_border = true;
      return out;
    }
    if (take("B") || take("A") || take("z")) {
      plain_ = false;
      return spelling({""});
    }
    return one_of(escaped_bytes());
  }

  static ByteSet bytes_from(bool (*is)(char)) {
    ByteSet out;
    for (std::size_t c = 0; c < out.size(); ++c) {
      out[c] = is(static_cast<char>(c));
    }
    return out;
  }

  // Behind the backslash, in a class or outside.
  ByteSet escaped_bytes() {
    const char c = text_[at_++];
    constexpr std::string_view kNames = "dDwWsSnrtfva";
    if (kNames.find(c) == std::string_view::npos) {
      if (is_word(c)) {
        give_up();  // \x41, \pN, \Q, \1 ...
      }
      return ByteSet().set(static_cast<unsigned char>(c));
    }
    switch (c) {
      case 'd':
        return bytes_from(is_digit);
      case 'D':
        return ~bytes_from(is_digit);
      case 'w':
        return bytes_from(is_word);
      case 'W':
        return ~bytes_from(is_word);
      case 's':
        return blanks();
      case 'S':
        return ~blanks();
      default:
        return ByteSet().set(static_cast<unsigned char>(control(c)));
    }
  }

  static ByteSet blanks() { return ByteSet().set(' ').set('\t').set('\n').set('\f').set('\r'); }

  static char control(char name) {
    switch (name) {
      case 'n':
        return '\n';
      case 'r':
        return '\r';
      case 't':
        return '\t';
      case 'f':
        return '\f';
      case 'v':
        return '\v';
      default:
        return '\a';
    }
  }

  ByteSet byte_class() {
    ByteSet out;
    const bool negated = take("^");
    bool first = true;
    while (more() && (first || !next_is(']'))) {
      first = false;
      if (next_is('[') && text_.substr(at_).starts_with("[:")) {
        give_up();
        return out;
      }
      class_item(out);
    }
    if (!take("]")) {
      give_up();
    }
    return negated ? ~out : out;
  }

  void class_item(ByteSet& out) {
    const auto low = static_cast<unsigned char>(text_[at_++]);
    if (low == '\\') {
      if (at_ >= text_.size()) {
        return give_up();
      }
      const ByteSet escaped = escaped_bytes();
      if (escaped.count() == 1 && next_is('-') && at_ + 1 < text_.size() && text_[at_ + 1] != ']') {
        return give_up();  // a range from an escaped character: too rare to read
      }
      out |= escaped;
      return;
    }
    std::size_t high = low;
    if (next_is('-') && at_ + 1 < text_.size() && text_[at_ + 1] != ']') {
      ++at_;
      high = static_cast<unsigned char>(text_[at_++]);
      if (high == '\\') {
        return give_up();
      }
    }
    for (std::size_t c = low; c <= high; ++c) {
      out.set(c);
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
  bool broken_ = false;
  bool plain_;  // it asks for nothing but bytes and borders of words, whatever their case
};

}  // namespace

RegexFacts regex_facts(std::string_view expression) {
  return Reader(expression).read();
}

}  // namespace phimilter::policy
