// SPDX-License-Identifier: Apache-2.0
#include "policy/regions.h"

#include <algorithm>
#include <array>

#include "policy/known_words.h"
#include "policy/lexicon.h"
#include "policy/notices.h"
#include "policy/signers.h"
#include "policy/text_lines.h"
#include "policy/text_scan.h"

namespace phimilter::policy {
namespace {

constexpr std::size_t kLongestSignatureLine = 80;
constexpr std::size_t kMostSignatureLines = 12;
constexpr std::size_t kMostBlankLines = 2;
constexpr std::size_t kLongestHeaderBlockLine = 2000;

constexpr std::array<std::string_view, 12> kFooterPhrases{"unsubscribe",
                                                          "opt out of",
                                                          "manage preferences",
                                                          "manage your preferences",
                                                          "update preferences",
                                                          "update your preferences",
                                                          "email preferences",
                                                          "view in browser",
                                                          "view this email in",
                                                          "view online",
                                                          "you are receiving this",
                                                          "you received this email because"};

// The first words of these phrases, and what one of them goes on as.
constexpr std::array<std::string_view, 11> kFooterWords{
    "unsubscribe", "unsubscribed", "unsubscribes", "unsubscriber", "opt",          "manage",
    "update",      "email",        "view",         "you",          "unsubscribers"};

constexpr KnownWords kHeaderFields{
    "from",       "to",       "cc",          "bcc",       "sent",         "date",
    "reply-to",   "sender",   "de",          "para",      "enviado",      "fecha",
    "enviado el", "sent by",  "return-path", "resent-to", "message-id",   "in-reply-to",
    "references", "x-mailer", "user-agent",  "list-id",   "delivered-to", "received"};

// Labels of forms: what stands behind them is no signature.
constexpr KnownWords kFormLabels{"patient", "pt", "re",   "dob",      "mrn",
                                 "member",  "ps", "p.s.", "paciente", "name"};

// "On Tue, Jane Roe <...> wrote:", also when it is broken over two lines.
bool ends_as_attribution(std::string_view folded_end) {
  return folded_end.ends_with(" wrote:") || folded_end.ends_with(" wrote") ||
         folded_end.ends_with("escribio:") || folded_end.ends_with("writes:");
}

class RegionFinder {
 public:
  RegionFinder(std::string_view text, const Tokens& tokens)
      : text_(text), tokens_(tokens), lines_(lines_of(text, tokens)) {}

  Regions run() {
    for (std::size_t i = 0; i < lines_.size();) {
      i = std::max(i + 1, read_line(i));
    }
    for (const Regions& more :
         {find_signer(text_, tokens_, lines_), find_notices(text_, tokens_, lines_)}) {
      out_.insert(out_.end(), more.begin(), more.end());
    }
    std::stable_sort(out_.begin(), out_.end(),
                     [](const Region& a, const Region& b) { return a.from < b.from; });
    return without_overlaps();
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

  // Returns the line after what it read.
  std::size_t read_line(std::size_t i) {
    const TextLine& line = lines_[i];
    if (line.blank()) {
      return i + 1;
    }
    if (const std::size_t end = attribution_end(i); end > i) {
      add(RegionKind::attribution, line.from, lines_[end - 1].to);
      return end;
    }
    if (is_header_line(i)) {
      add(RegionKind::attribution, line.from, line.to);
      return i + 1;
    }
    if (is_closing(line)) {
      const std::size_t end = signature_end(i + 1);
      add(RegionKind::signature, line.from, lines_[end - 1].to);
      return end;
    }
    if (starts_unsigned_block(i)) {
      const std::size_t end = signature_end(i);
      add(RegionKind::signature, line.from, lines_[end - 1].to);
      return end;
    }
    if (has_footer_phrase(line)) {
      add_footer(line);
    }
    return i + 1;
  }

  std::size_t attribution_end(std::size_t i) const {
    const std::string_view here = spelled(lines_[i]);
    if (here.size() < 3 || here[2] != ' ') {
      return i;
    }
    const bool starts = starts_folded(here, "on ") || starts_folded(here, "el ") ||
                        starts_folded(here, "am ") || starts_folded(here, "le ");
    if (!starts || here.size() > kLongestHeaderBlockLine) {
      return i;
    }
    for (std::size_t last = i; last < std::min(i + 3, lines_.size()); ++last) {
      const std::string_view end = spelled(lines_[last]);
      if (end.empty()) {
        return i;
      }
      if (ends_as_attribution(
              folded(end.substr(end.size() - std::min<std::size_t>(end.size(), 12))))) {
        return last + 1;
      }
    }
    return i;
  }

  bool names_header_field(const TextLine& line) const {
    const std::string_view here = spelled(line);
    std::size_t start = 0;
    while (start < here.size() && here[start] == '*') {
      ++start;
    }
    const std::size_t colon = here.substr(0, 16).find(':');
    if (colon == std::string_view::npos || colon <= start) {
      return false;
    }
    std::string_view name = here.substr(start, colon - start);
    while (!name.empty() && (name.back() == '*' || name.back() == ' ' || name.back() == '\t')) {
      name.remove_suffix(1);
    }
    return kHeaderFields.holds(name);
  }

  // "From: ..." with another such line near it, or with an address.
  bool is_header_line(std::size_t i) const {
    if (!names_header_field(lines_[i])) {
      return false;
    }
    if (spelled(lines_[i]).find('@') != std::string_view::npos) {
      return true;
    }
    for (std::size_t near = i > 2 ? i - 2 : 0; near < std::min(i + 3, lines_.size()); ++near) {
      if (near != i && names_header_field(lines_[near])) {
        return true;
      }
    }
    return false;
  }

  bool is_closing(const TextLine& line) const {
    const std::string_view here = spelled(line);
    if (here == "--" || here == "---" || starts_folded(here, "sent from my ")) {
      return true;
    }
    if (here.size() > 48) {
      return false;
    }
    const auto* const mark = std::find_if(here.begin(), here.end(), [](char c) {
      return c == ',' || c == '.' || c == '!' || c == '-';
    });
    const auto stop = static_cast<std::size_t>(mark - here.begin());
    if (!is_closing_phrase(trimmed(here.substr(0, stop)))) {
      return false;
    }
    const std::string_view rest = trimmed(here.substr(std::min(stop + 1, here.size())));
    // "Thank you! We received your payment." goes on.
    return rest.find_first_of("0123456789:?") == std::string_view::npos && words_in(rest) <= 4 &&
           (rest.empty() || rest.back() != '.' || words_in(rest) <= 2);
  }

  // A line of a letter's text, or of a form.
  bool is_prose(const TextLine& line) const {
    const std::string_view here = spelled(line);
    if (here.size() > kLongestSignatureLine) {
      return true;
    }
    if (const std::size_t colon = here.find(':'); colon != std::string_view::npos) {
      const std::string_view label = trimmed(here.substr(0, std::min<std::size_t>(colon, 24)));
      if (kFormLabels.holds(label) || starts_folded(label, "patient ")) {
        return true;
      }
    }
    return starts_folded(here, "ps ") || starts_folded(here, "p.s") ||
           ((here.back() == '.' || here.back() == '?') && words_in(here) >= 6);
  }

  std::size_t signature_end(std::size_t first) const {
    std::size_t end = first;
    std::size_t blanks = 0;
    std::size_t filled = 0;
    for (std::size_t i = first; i < lines_.size() && filled < kMostSignatureLines; ++i) {
      const TextLine& line = lines_[i];
      if (line.blank()) {
        blanks += 1;
        if (blanks > kMostBlankLines || (blanks > 1 && filled > 0)) {
          break;
        }
        continue;
      }
      if (line.quotes != lines_[first > 0 ? first - 1 : first].quotes || is_prose(line) ||
          attribution_end(i) > i || is_header_line(i)) {
        break;
      }
      blanks = 0;
      ++filled;
      end = i + 1;
    }
    return std::max(end, first);
  }

  bool is_name_line(const TextLine& line) const {
    const std::size_t words = line.last_token - line.first_token;
    if (words < 2 || words > 5 || spelled(line).size() > 40) {
      return false;
    }
    for (std::size_t i = line.first_token; i < line.last_token; ++i) {
      const Letters letters = tokens_[i].letters;
      if (letters != Letters::first && letters != Letters::capitals && letters != Letters::mixed) {
        return false;
      }
    }
    return true;
  }

  bool tells_office(const TextLine& line) const {
    const std::string_view here = spelled(line);
    if (here.find('@') != std::string_view::npos || starts_folded(here, "www.")) {
      return true;
    }
    return std::any_of(
        tokens_.begin() + static_cast<std::ptrdiff_t>(line.first_token),
        tokens_.begin() + static_cast<std::ptrdiff_t>(line.last_token), [](const Token& token) {
          return is(token, WordClass::organisation) || is(token, WordClass::provider) ||
                 (is(token, WordClass::credential) && token.letters == Letters::capitals);
        });
  }

  // A name, and under it what a letterhead says, at the end of a text: nobody said goodbye.
  bool starts_unsigned_block(std::size_t i) const {
    if (i == 0 || !lines_[i - 1].blank() || !is_name_line(lines_[i])) {
      return false;
    }
    std::size_t last = i + 1;
    bool office = false;
    while (last < lines_.size() && !lines_[last].blank() && last - i <= 6) {
      if (is_prose(lines_[last])) {
        return false;
      }
      office = office || tells_office(lines_[last]);
      ++last;
    }
    return office;
  }

  bool has_footer_phrase(const TextLine& line) const {
    const std::string_view here = spelled(line);
    for (std::size_t i = line.first_token; i < line.last_token; ++i) {
      if (!is(tokens_[i], WordClass::footer)) {
        continue;
      }
      const std::string_view rest = here.substr(tokens_[i].from - line.from);
      if (std::any_of(kFooterPhrases.begin(), kFooterPhrases.end(),
                      [&](std::string_view phrase) { return starts_folded(rest, phrase); })) {
        return true;
      }
    }
    return false;
  }

  void add_footer(const TextLine& line) {
    if (line.to - line.from <= 300) {
      add(RegionKind::footer, line.from, line.to);
    }
  }

  Regions without_overlaps() const {
    Regions kept;
    for (Region region : out_) {
      if (!kept.empty() && region.from < kept.back().to) {
        region.from = kept.back().to;
      }
      if (region.to > region.from) {
        kept.push_back(region);
      }
    }
    return kept;
  }

  std::string_view text_;
  const Tokens& tokens_;
  std::vector<TextLine> lines_;
  Regions out_;
};

}  // namespace

void add_region_words(Lexicon& lexicon) {
  for (const std::string_view word : kFooterWords) {
    lexicon.add_word(word, WordClass::footer);
  }
  add_notice_words(lexicon);
}

Regions find_regions(std::string_view normalised, const Tokens& tokens) {
  return RegionFinder(normalised, tokens).run();
}

const Region* region_at(const Regions& regions, std::size_t offset) {
  const auto after =
      std::upper_bound(regions.begin(), regions.end(), offset,
                       [](std::size_t at, const Region& region) { return at < region.from; });
  if (after == regions.begin() || std::prev(after)->to <= offset) {
    return nullptr;
  }
  return &*std::prev(after);
}

}  // namespace phimilter::policy
