// SPDX-License-Identifier: Apache-2.0
#include "policy/regex_pieces.h"

#include <algorithm>

namespace phimilter::policy {
namespace {

constexpr std::size_t kUnbounded = RegexFacts::kUnbounded;
constexpr std::size_t kMostSpellings = 96;  // of a stretch that is spelled out
constexpr std::size_t kLongestSpelling = 24;
constexpr std::size_t kLargestSpelledClass = 4;
constexpr std::size_t kLongEnough = 6;  // a longer literal says no more
constexpr std::size_t kNeighbours = 2;  // bytes of what is too much to be spelled out

std::size_t add(std::size_t a, std::size_t b) {
  return a == kUnbounded || b == kUnbounded || a > kUnbounded - 1 - b ? kUnbounded : a + b;
}

std::size_t times(std::size_t a, std::size_t n) {
  if (a == 0 || n == 0) {
    return 0;
  }
  return a == kUnbounded || n == kUnbounded || a > (kUnbounded - 1) / n ? kUnbounded : a * n;
}

bool is_word(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c | ' ') : c;
}

// As RequiredLiteral says.
char folded(char c) {
  if (is_digit(c)) {
    return '0';
  }
  return c == '\t' || c == '\n' || c == '\f' || c == '\r' ? ' ' : lower(c);
}

void sort_and_unite(Strings& strings) {
  std::sort(strings.begin(), strings.end());
  strings.erase(std::unique(strings.begin(), strings.end()), strings.end());
}

bool any_empty(const Strings& strings) {
  return std::any_of(strings.begin(), strings.end(), [](const auto& text) { return text.empty(); });
}

// Every head with every tail; absent: too many, or too long.
std::optional<Strings> product(const Strings& heads, const Strings& tails) {
  if (heads.size() * tails.size() > kMostSpellings) {
    return std::nullopt;
  }
  Strings out;
  for (const std::string& head : heads) {
    for (const std::string& tail : tails) {
      if (head.size() + tail.size() > kLongestSpelling) {
        return std::nullopt;
      }
      out.push_back(head + tail);
    }
  }
  sort_and_unite(out);
  return out;
}

// The last bytes of each, or the first.
Strings shortened(const Strings& strings, bool last) {
  Strings out;
  for (const std::string& text : strings) {
    const std::size_t size = std::min(text.size(), kNeighbours);
    out.push_back(last ? text.substr(text.size() - size) : text.substr(0, size));
  }
  sort_and_unite(out);
  return out;
}

}  // namespace

Piece spelling(Strings strings) {
  Piece out;
  out.digits = kUnbounded;
  out.shortest = kUnbounded;
  for (const std::string& text : strings) {
    out.longest = std::max(out.longest, text.size());
    out.shortest = std::min(out.shortest, text.size());
    for (const char c : text) {
      out.bytes.set(static_cast<unsigned char>(c));
    }
    out.digits = std::min(
        out.digits, static_cast<std::size_t>(std::count_if(text.begin(), text.end(), is_digit)));
  }
  const auto outside = [&](bool front) {
    return std::all_of(strings.begin(), strings.end(), [&](const std::string& text) {
      return !text.empty() && !is_word(front ? text.front() : text.back());
    });
  };
  out.starts_outside = outside(true);
  out.ends_outside = outside(false);
  out.spelled = std::move(strings);
  return out;
}

Piece one_of(const ByteSet& set) {
  Strings strings;
  bool digits_only = set.any();
  bool high = false;
  bool outside = set.any();
  for (std::size_t c = 0; c < set.size(); ++c) {
    if (set[c]) {
      digits_only = digits_only && is_digit(static_cast<char>(c));
      high = high || c >= 0x80;
      outside = outside && !is_word(static_cast<char>(c));
      strings.emplace_back(1, folded(static_cast<char>(c)));
    }
  }
  sort_and_unite(strings);
  if (!high && !strings.empty() && strings.size() <= kLargestSpelledClass) {
    Piece out = spelling(std::move(strings));
    out.bytes = set;
    out.digits = digits_only ? 1 : 0;
    return out;
  }
  Piece out;
  out.longest = 1;
  out.shortest = 1;
  out.bytes = set;
  out.digits = digits_only ? 1 : 0;
  out.starts_outside = outside;
  out.ends_outside = outside;
  return out;
}

void Sequence::append(const Piece& piece) {
  longest_ = add(longest_, piece.longest);
  shortest_ = add(shortest_, piece.shortest);
  bytes_ |= piece.bytes;
  digits_ = add(digits_, piece.digits);
  starts_outside_ = empty_ ? piece.starts_outside : starts_outside_;
  ends_outside_ = piece.ends_outside;
  empty_ = false;
  close(best_, piece);
  close(front_, piece);
  if (piece.word_border) {
    consider(true, true);
    in_front_ = in_front_ && stretch_ == Strings{""};
    begin_stretch({""}, true);
  } else if (piece.spelled) {
    append_spelled(piece);
  } else {
    append_other(piece);
  }
}

// What is behind the literals found so far ends their word, or takes them from the back.
void Sequence::close(Required& found, const Piece& next) const {
  if (next.word_border || next.starts_outside) {
    found.end_word();
  }
  for (Literal& literal : found.literals) {
    literal.at_back = literal.at_back && next.word_border;
  }
}

void Sequence::append_spelled(const Piece& piece) {
  if (extend(*piece.spelled)) {
    return;
  }
  consider(piece.starts_outside, false);
  if (extend_shortened(piece)) {
    return;
  }
  const bool border = border_before_next();
  in_front_ = false;
  begin_stretch(*piece.spelled, border);
}

void Sequence::append_other(const Piece& piece) {
  consider(piece.starts_outside, false);
  Required required = piece.required;
  const bool in_front = in_front_ && stretch_ == Strings{""};
  front_ = in_front ? piece.front : front_;
  if (border_before_next()) {
    required.begin_word();
    if (in_front) {
      front_.begin_word();
    }
  }
  for (Literal& literal : required.literals) {
    literal.in_front = literal.in_front && in_front;
  }
  if (!required.literals.empty() && required.better_than(best_)) {
    best_ = std::move(required);
  }
  in_front_ = false;
  begin_stretch({""}, piece.ends_outside);
}

Piece Sequence::finish() {
  Piece out;
  out.longest = longest_;
  out.shortest = shortest_;
  out.bytes = bytes_;
  out.digits = digits_;
  if (whole_) {
    out.spelled = stretch_;
  }
  out.starts_outside = starts_outside_;
  out.ends_outside = ends_outside_;
  consider(false, true);
  out.required = best_;
  out.front = front_;
  return out;
}

bool Sequence::extend(const Strings& more) {
  auto longer = product(stretch_, more);
  if (longer) {
    stretch_ = std::move(*longer);
  }
  return longer.has_value();
}

// With what stands next to the piece alone.
bool Sequence::extend_shortened(const Piece& piece) {
  const auto longer = product(shortened(stretch_, true), *piece.spelled);
  if (longer) {
    in_front_ = false;
    begin_stretch(*longer, false);
  }
  return longer.has_value();
}

// Whether a word that follows now would begin at a border.
bool Sequence::border_before_next() const {
  return std::all_of(stretch_.begin(), stretch_.end(), [this](const std::string& text) {
    return text.empty() ? after_border_ : !is_word(text.back());
  });
}

void Sequence::begin_stretch(Strings strings, bool after_border) {
  stretch_ = std::move(strings);
  after_border_ = after_border;
  whole_ = false;
}

// The stretch as it is, as literals.
void Sequence::consider(bool border_follows, bool at_back) {
  if (any_empty(stretch_)) {
    return;
  }
  Required found;
  for (const std::string& text : stretch_) {
    found.literals.push_back(
        {{text, after_border_ && is_word(text.front()), border_follows && is_word(text.back())},
         in_front_,
         at_back});
  }
  found.shrink();
  front_ = in_front_ ? found : front_;
  if (found.better_than(best_)) {
    best_ = std::move(found);
  }
}

namespace {

Required either(const Required& a, const Required& b) {
  Required out;
  if (!a.literals.empty() && !b.literals.empty()) {
    out = a;
    out.literals.insert(out.literals.end(), b.literals.begin(), b.literals.end());
    out.shrink();
  }
  return out;
}

}  // namespace

Piece either(const Piece& a, const Piece& b) {
  Piece out;
  out.longest = std::max(a.longest, b.longest);
  out.shortest = std::min(a.shortest, b.shortest);
  out.bytes = a.bytes | b.bytes;
  out.digits = std::min(a.digits, b.digits);
  out.starts_outside = a.starts_outside && b.starts_outside;
  out.ends_outside = a.ends_outside && b.ends_outside;
  if (a.spelled && b.spelled && a.spelled->size() + b.spelled->size() <= kMostSpellings) {
    out.spelled = a.spelled;
    out.spelled->insert(out.spelled->end(), b.spelled->begin(), b.spelled->end());
    sort_and_unite(*out.spelled);
  }
  out.required = either(a.required, b.required);
  out.front = either(a.front, b.front);
  return out;
}

namespace {

// Every way to say it so often; absent: too many.
std::optional<Strings> powers(const Strings& strings, std::size_t least, std::size_t most) {
  if (most > kLongestSpelling) {
    return std::nullopt;
  }
  Strings out;
  std::optional<Strings> power = Strings{""};
  for (std::size_t times = 0; times <= most; ++times) {
    if (times >= least) {
      out.insert(out.end(), power->begin(), power->end());
    }
    power = times < most ? product(*power, strings) : power;
    if (!power || out.size() > kMostSpellings) {
      return std::nullopt;
    }
  }
  sort_and_unite(out);
  return out;
}

}  // namespace

Piece repeated(const Piece& piece, std::size_t least, std::size_t most) {
  if (piece.word_border) {
    return {};
  }
  Piece out;
  out.longest = times(piece.longest, most);
  out.shortest = times(piece.shortest, least);
  out.bytes = piece.bytes;
  out.digits = times(piece.digits, least);
  if (least > 0) {
    out.starts_outside = piece.starts_outside;
    out.ends_outside = piece.ends_outside;
    out.required = piece.required;
    out.front = piece.front;
  }
  if (piece.spelled) {
    out.spelled = powers(*piece.spelled, least, most);
  }
  if (piece.spelled && !out.spelled && least > 0) {
    // "a{2,}" holds "aa"; of several spellings there would be too many.
    Sequence spelled;
    const std::size_t times = piece.spelled->size() == 1 ? std::min(least, kLongEnough) : 1;
    for (std::size_t i = 0; i < times; ++i) {
      spelled.append(piece);
    }
    const Piece whole = spelled.finish();
    out.required = whole.required;
    out.front = whole.front;
  }
  for (Required* found : {&out.required, &out.front}) {
    for (Literal& literal : found->literals) {
      literal.at_back = literal.at_back && most == 1;
    }
  }
  return out;
}

}  // namespace phimilter::policy
