// SPDX-License-Identifier: Apache-2.0
#include "policy/regex_pieces.h"

#include <algorithm>

namespace phimilter::policy {
namespace {

constexpr std::size_t kUnbounded = RegexFacts::kUnbounded;
constexpr std::size_t kMostSpellings = 48;  // of a stretch that is spelled out
constexpr std::size_t kLongestSpelling = 24;
constexpr std::size_t kLargestSpelledClass = 4;
constexpr std::size_t kLongEnough = 6;  // a longer literal says no more

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

// What is left of a set when strings that hold another one are taken away: at its start or end,
// where word borders are asked for.
void shrink(Required& required) {
  Strings& set = required.strings;
  std::sort(set.begin(), set.end(), [](const std::string& a, const std::string& b) {
    return a.size() != b.size() ? a.size() < b.size() : a < b;
  });
  Strings kept;
  for (std::string& text : set) {
    const bool held = std::any_of(kept.begin(), kept.end(), [&](const std::string& other) {
      return (!required.at_word_start || text.starts_with(other)) &&
             (!required.at_word_end || text.ends_with(other)) &&
             (text == other || !required.at_word_start || !required.at_word_end) &&
             text.find(other) != std::string::npos;
    });
    if (!held) {
      kept.push_back(std::move(text));
    }
  }
  set = std::move(kept);
}

}  // namespace

std::size_t Required::shortest() const {
  std::size_t out = strings.empty() ? 0 : kUnbounded;
  for (const std::string& text : strings) {
    out = std::min(out, text.size());
  }
  return out;
}

bool Required::better_than(const Required& other) const {
  const auto worth = [](const Required& one) {
    return std::min(one.shortest(), kLongEnough) +
           (one.strings.empty() ? 0U : (one.at_word_start ? 1U : 0U) + (one.at_word_end ? 1U : 0U));
  };
  const std::size_t mine = worth(*this);
  const std::size_t others = worth(other);
  return mine != others ? mine > others : strings.size() < other.strings.size();
}

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
      strings.emplace_back(1, lower(static_cast<char>(c)));
    }
  }
  std::sort(strings.begin(), strings.end());
  strings.erase(std::unique(strings.begin(), strings.end()), strings.end());
  if (!high && !strings.empty() && strings.size() <= kLargestSpelledClass) {
    return spelling(std::move(strings));
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
  if (piece.word_border) {
    end_stretch(true);
    after_border_ = true;
    whole_ = false;
    return;
  }
  if (piece.spelled && extend(*piece.spelled)) {
    return;
  }
  end_stretch(piece.starts_outside);
  if (piece.spelled) {
    stretch_ = *piece.spelled;
    whole_ = false;
    return;
  }
  whole_ = false;
  if (piece.required.better_than(best_) && !piece.required.strings.empty()) {
    best_ = piece.required;
  }
  after_border_ = piece.ends_outside;
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
  end_stretch(false);
  out.required = best_;
  return out;
}

bool Sequence::extend(const Strings& more) {
  if (stretch_.size() * more.size() > kMostSpellings) {
    return false;
  }
  Strings product;
  for (const std::string& head : stretch_) {
    for (const std::string& tail : more) {
      if (head.size() + tail.size() > kLongestSpelling) {
        return false;
      }
      product.push_back(head + tail);
    }
  }
  std::sort(product.begin(), product.end());
  product.erase(std::unique(product.begin(), product.end()), product.end());
  stretch_ = std::move(product);
  return true;
}

void Sequence::end_stretch(bool border_follows) {
  const bool has_empty =
      std::any_of(stretch_.begin(), stretch_.end(), [](const auto& s) { return s.empty(); });
  if (!has_empty) {
    const bool start = std::all_of(stretch_.begin(), stretch_.end(),
                                   [](const auto& s) { return is_word(s.front()); });
    const bool end = std::all_of(stretch_.begin(), stretch_.end(),
                                 [](const auto& s) { return is_word(s.back()); });
    Required found{stretch_, after_border_ && start, border_follows && end};
    shrink(found);
    if (found.better_than(best_)) {
      best_ = std::move(found);
    }
  }
  stretch_ = {""};
  after_border_ = false;
}

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
  }
  if (!a.required.strings.empty() && !b.required.strings.empty()) {
    out.required = a.required;
    out.required.strings.insert(out.required.strings.end(), b.required.strings.begin(),
                                b.required.strings.end());
    out.required.at_word_start = a.required.at_word_start && b.required.at_word_start;
    out.required.at_word_end = a.required.at_word_end && b.required.at_word_end;
    shrink(out.required);
  }
  return out;
}

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
  }
  if (piece.spelled && least == 0 && most == 1 && piece.spelled->size() < kMostSpellings) {
    out.spelled = piece.spelled;
    out.spelled->emplace_back();
  } else if (piece.spelled && least == 1 && most == 1) {
    out.spelled = piece.spelled;
  } else if (piece.spelled && least > 0) {
    // "a{2,}" holds "aa"; of several spellings there would be too many.
    Sequence spelled;
    const std::size_t times = piece.spelled->size() == 1 ? std::min(least, kLongEnough) : 1;
    for (std::size_t i = 0; i < times; ++i) {
      spelled.append(piece);
    }
    out.required = spelled.finish().required;
  }
  return out;
}

}  // namespace phimilter::policy
