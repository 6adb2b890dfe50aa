// SPDX-License-Identifier: Apache-2.0
#include "policy/signers.h"

#include <string>
#include <utility>

#include "policy/text_scan.h"

namespace phimilter::policy {
namespace {

constexpr std::size_t kLongestSigner = 48;
constexpr std::size_t kMostBlockLines = 5;

class SignerFinder {
 public:
  SignerFinder(std::string_view text, const Tokens& tokens, const std::vector<TextLine>& lines)
      : text_(text), tokens_(tokens), lines_(lines) {}

  // "About 40 people. Carla Mott": the writer's name, behind the last sentence of a mail or under
  // its last paragraph.
  Regions run() {
    std::size_t last = lines_.size();
    while (last > 0 && (lines_[last - 1].blank() || lines_[last - 1].quotes > 0)) {
      --last;
    }
    if (last == 0) {
      return std::move(out_);
    }
    const TextLine& line = lines_[last - 1];
    const std::string_view here = spelled(line);
    std::size_t start = here.size();
    while (start > 0 && here.size() - start <= kLongestSigner &&
           !ends_sentence(text_, line.from + start - 1)) {
      --start;
    }
    const bool closed = start > 0 && is_closing_before(here.substr(start));
    if (start > 0 && ends_sentence(text_, line.from + start - 1) &&
        (closed || here[start - 1] != '?')) {
      const std::string_view rest = trimmed(here.substr(start));
      const bool short_word = ends_with_abbreviation(line, line.from + start);
      // "Bob Kerr, safety"
      const std::string_view name = rest.substr(0, rest.find(','));
      const std::string_view more = rest.substr(std::min(name.size() + 1, rest.size()));
      const bool role = !more.empty() && words_in(more) <= 3 && words_in(name) >= 2 &&
                        more.find_first_of("0123456789") == more.npos;
      // "Bob Kerr, 555-0113"
      const bool phone = words_in(name) >= 2 && words_in(more) >= 1 &&
                         more.find_first_not_of("0123456789-.() x") == more.npos;
      if (!short_word && rest.size() <= kLongestSigner &&
          (is_signers_name(rest, line) || ((role || phone) && is_signers_name(name, line)))) {
        add(RegionKind::signature, line.from + start, line.to);
      }
      return std::move(out_);
    }
    const std::size_t first = first_of_last_block(last);
    if (first + 1 < last && is_signers_name(spelled(lines_[first]), lines_[first])) {
      add(RegionKind::signature, lines_[first].from, line.to);
      return std::move(out_);
    }
    const bool alone = last >= 3 && lines_[last - 2].blank() && here.size() <= kLongestSigner;
    if (alone && spelled(lines_[last - 3]).find_first_of(".!?") != std::string_view::npos &&
        is_signers_name(here, line)) {
      add(RegionKind::signature, line.from, line.to);
    }
    return std::move(out_);
  }

 private:
  std::string_view spelled(const TextLine& line) const {
    return text_.substr(line.from, line.to - line.from);
  }

  void add(RegionKind kind, std::size_t from, std::size_t to) {
    if (to > from) {
      out_.push_back({kind, from, to});
    }
  }

  // Words as in a name, none of them of everyday language; closings before them do not count.
  bool is_signers_name(std::string_view text, const TextLine& line) const {
    const auto from = static_cast<std::size_t>(text.data() - text_.data());
    std::size_t words = 0;
    for (std::size_t i = line.first_token; i < line.last_token; ++i) {
      const Token& token = tokens_[i];
      if (token.from < from || token.from >= from + text.size()) {
        continue;
      }
      if (words == 0 && is_closing_phrase(policy::spelled(text_, token))) {
        continue;
      }
      const bool capital = token.letters == Letters::first || token.letters == Letters::mixed ||
                           (token.letters == Letters::capitals &&
                            (token.to - token.from <= 2 || is(token, WordClass::credential)));
      const bool name = is(token, WordClass::given_name) || is(token, WordClass::surname);
      if (!capital || (is(token, WordClass::common) && !name) || is(token, WordClass::medical) ||
          is(token, WordClass::patient)) {
        return false;
      }
      ++words;
    }
    return words >= 1 && words <= 4;
  }

  // "Best, Carla Mott"
  bool is_closing_before(std::string_view text) const {
    const std::string_view rest = trimmed(text);
    const std::size_t mark = rest.find_first_of(",-");
    return mark != std::string_view::npos && is_closing_phrase(trimmed(rest.substr(0, mark)));
  }

  // "Mrs.", "pt.", "J."
  bool ends_with_abbreviation(const TextLine& line, std::size_t end) const {
    std::size_t last = line.first_token;
    while (last < line.last_token && tokens_[last].to < end) {
      ++last;
    }
    if (last == line.first_token) {
      return false;
    }
    const Token& token = tokens_[last - 1];
    return token.to - token.from == 1 || is(token, WordClass::title) ||
           is(token, WordClass::patient) || is(token, WordClass::provider);
  }

  // Short lines without a sentence at the end of a text, a paragraph of their own: their first. A
  // letterhead has no lower-case words but short ones.
  std::size_t first_of_last_block(std::size_t end) const {
    std::size_t first = end;
    while (first > 0 && end - first <= kMostBlockLines && !lines_[first - 1].blank() &&
           is_letterhead(lines_[first - 1])) {
      --first;
    }
    return first > 0 && first < end && lines_[first - 1].blank() ? first : end;
  }

  bool is_letterhead(const TextLine& line) const {
    const std::string_view here = spelled(line);
    if (here.size() > kLongestSigner || line.quotes > 0 ||
        here.find(": ") != std::string_view::npos) {
      return false;
    }
    for (std::size_t i = line.first_token; i < line.last_token; ++i) {
      if (tokens_[i].letters == Letters::lower && tokens_[i].to - tokens_[i].from > 3) {
        return here.find('@') != std::string_view::npos;
      }
    }
    return line.last_token > line.first_token;
  }

  std::string_view text_;
  const Tokens& tokens_;
  const std::vector<TextLine>& lines_;
  Regions out_;
};

}  // namespace

Regions find_signer(std::string_view text, const Tokens& tokens,
                    const std::vector<TextLine>& lines) {
  return SignerFinder(text, tokens, lines).run();
}

}  // namespace phimilter::policy
