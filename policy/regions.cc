// SPDX-License-Identifier: Apache-2.0
#include "policy/regions.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "policy/text_scan.h"

namespace phimilter::policy {
namespace {

constexpr std::size_t kLongestSignatureLine = 80;
constexpr std::size_t kMostSignatureLines = 12;
constexpr std::size_t kMostBlankLines = 2;
constexpr std::size_t kLongestSigner = 48;
constexpr std::size_t kMostBlockLines = 5;
constexpr std::size_t kLongestHeaderBlockLine = 2000;

struct Line {
  std::size_t from = 0;  // of the first character that is no quote mark or blank
  std::size_t to = 0;    // without the line end and blanks before it
  std::size_t first_token = 0;
  std::size_t last_token = 0;  // one past
  std::uint32_t quotes = 0;    // depth of '>'
  bool blank() const { return from == to; }
};

std::vector<Line> lines_of(std::string_view text, const Tokens& tokens) {
  std::vector<Line> out;
  std::size_t token = 0;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    Line line;
    std::size_t from = at;
    while (from < end && (text[from] == '>' || text[from] == ' ' || text[from] == '\t')) {
      line.quotes += text[from++] == '>' ? 1 : 0;
    }
    std::size_t to = end;
    while (to > from && is_blank(text[to - 1])) {
      --to;
    }
    line.from = from;
    line.to = to;
    line.first_token = token;
    while (token < tokens.size() && tokens[token].from < end) {
      ++token;
    }
    line.last_token = token;
    out.push_back(line);
    at = end + 1;
  }
  return out;
}

// What ends a letter, alone on its line or with the writer's name behind a comma. Words of one
// phrase.
constexpr std::array<std::string_view, 40> kClosings{"regards",
                                                     "best regards",
                                                     "kind regards",
                                                     "warm regards",
                                                     "warmest regards",
                                                     "with regards",
                                                     "kindest regards",
                                                     "best",
                                                     "all the best",
                                                     "best wishes",
                                                     "thanks",
                                                     "thank you",
                                                     "many thanks",
                                                     "thanks again",
                                                     "thank you again",
                                                     "thanks so much",
                                                     "thank you so much",
                                                     "thanks in advance",
                                                     "thank you in advance",
                                                     "thx",
                                                     "thanx",
                                                     "ty",
                                                     "tks",
                                                     "sincerely",
                                                     "sincerely yours",
                                                     "yours sincerely",
                                                     "yours truly",
                                                     "very truly yours",
                                                     "cheers",
                                                     "respectfully",
                                                     "respectfully yours",
                                                     "cordially",
                                                     "warmly",
                                                     "take care",
                                                     "saludos",
                                                     "saludos cordiales",
                                                     "un saludo",
                                                     "atentamente",
                                                     "cordialmente",
                                                     "gracias"};

// Words that stand in notices about confidentiality; four of them in a paragraph make one.
constexpr std::array<std::string_view, 48> kNoticeWords{
    "addressee",       "communication", "confidencial", "confidencialidad", "confidential",
    "confidentiality", "copying",       "delete",       "destinatario",     "destroy",
    "disclosed",       "disclosing",    "disclosure",   "dissemination",    "distribution",
    "divulgacion",     "eliminelo",     "error",        "exempt",           "forwarding",
    "hipaa",           "immediately",   "information",  "informacion",      "intended",
    "legally",         "mensaje",       "message",      "notified",         "notifiquelo",
    "notify",          "originator",    "privilege",    "privileged",       "privilegiada",
    "prohibida",       "prohibido",     "prohibited",   "protected",        "receipt",
    "received",        "recipient",     "recipients",   "remitente",        "sender",
    "transmission",    "unauthorized",  "unauthorised"};
// By first letter, the lengths that words of notices have: most words need not be compared.
constexpr std::array<std::uint32_t, 26> lengths_of_notice_words() {
  std::array<std::uint32_t, 26> out{};
  for (const std::string_view word : kNoticeWords) {
    if (word.size() >= 5) {
      out[static_cast<std::size_t>(word[0] - 'a')] |= 1U << word.size();
    }
  }
  return out;
}
constexpr std::array<std::uint32_t, 26> kNoticeLengths = lengths_of_notice_words();

// One of these must be among them: the others are words of any business mail.
constexpr std::array<std::string_view, 14> kNoticeCore{
    "confidencial", "confidencialidad", "confidential", "confidentiality", "destinatario",
    "disclosure",   "dissemination",    "intended",     "privileged",      "privilegiada",
    "prohibited",   "prohibida",        "unauthorized", "unauthorised"};

constexpr std::size_t kWordsOfNotice = 4;
constexpr std::size_t kNoticeGap = 160;  // bytes between words of one notice

constexpr std::array<std::string_view, 12> kNoticeHeadings{"confidentiality notice",
                                                           "confidentiality statement",
                                                           "confidential notice",
                                                           "privacy notice",
                                                           "notice",
                                                           "disclaimer",
                                                           "legal notice",
                                                           "important notice",
                                                           "hipaa notice",
                                                           "email disclaimer",
                                                           "aviso de confidencialidad",
                                                           "aviso legal"};

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

constexpr std::array<std::string_view, 24> kHeaderFields{
    "from",       "to",       "cc",          "bcc",       "sent",         "date",
    "reply-to",   "sender",   "de",          "para",      "enviado",      "fecha",
    "enviado el", "sent by",  "return-path", "resent-to", "message-id",   "in-reply-to",
    "references", "x-mailer", "user-agent",  "list-id",   "delivered-to", "received"};

template <std::size_t kSize>
bool is_among(const std::array<std::string_view, kSize>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

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
    find_trailing_name();
    find_notices();
    std::stable_sort(out_.begin(), out_.end(),
                     [](const Region& a, const Region& b) { return a.from < b.from; });
    return without_overlaps();
  }

 private:
  std::string_view spelled(const Line& line) const {
    return text_.substr(line.from, line.to - line.from);
  }

  void add(RegionKind kind, std::size_t from, std::size_t to) {
    if (to > from) {
      out_.push_back({kind, from, to});
    }
  }

  // Returns the line after what it read.
  std::size_t read_line(std::size_t i) {
    const Line& line = lines_[i];
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

  bool names_header_field(const Line& line) const {
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
    return is_among(kHeaderFields, folded(name));
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

  bool is_closing(const Line& line) const {
    const std::string_view here = spelled(line);
    if (here == "--" || here == "---" || starts_folded(here, "sent from my ")) {
      return true;
    }
    if (here.size() > 48) {
      return false;
    }
    const std::size_t stop = std::min(here.find_first_of(",.!-"), here.size());
    if (!is_among(kClosings, folded(trimmed(here.substr(0, stop))))) {
      return false;
    }
    const std::string_view rest = trimmed(here.substr(std::min(stop + 1, here.size())));
    // "Thank you! We received your payment." goes on.
    return rest.find_first_of("0123456789:?") == std::string_view::npos && words_in(rest) <= 4 &&
           (rest.empty() || rest.back() != '.' || words_in(rest) <= 2);
  }

  static std::size_t words_in(std::string_view text) {
    std::size_t words = 0;
    bool inside = false;
    for (const char c : text) {
      words += !is_blank(c) && !inside ? 1 : 0;
      inside = !is_blank(c);
    }
    return words;
  }

  // A line of a letter's text, or of a form.
  bool is_prose(const Line& line) const {
    const std::string_view here = spelled(line);
    if (here.size() > kLongestSignatureLine) {
      return true;
    }
    const std::size_t colon = here.find(':');
    const std::string label = folded(trimmed(here.substr(0, std::min<std::size_t>(colon, 24))));
    if (colon != std::string_view::npos &&
        (label == "patient" || label == "pt" || label == "re" || label == "dob" || label == "mrn" ||
         label == "member" || label == "ps" || label == "p.s." || label == "paciente" ||
         label.starts_with("patient ") || label == "name")) {
      return true;
    }
    return starts_folded(here, "ps ") || starts_folded(here, "p.s") ||
           (words_in(here) >= 6 && (here.back() == '.' || here.back() == '?'));
  }

  std::size_t signature_end(std::size_t first) const {
    std::size_t end = first;
    std::size_t blanks = 0;
    std::size_t filled = 0;
    for (std::size_t i = first; i < lines_.size() && filled < kMostSignatureLines; ++i) {
      const Line& line = lines_[i];
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

  bool is_name_line(const Line& line) const {
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

  bool tells_office(const Line& line) const {
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

  // Words as in a name, none of them of everyday language; closings before them do not count.
  bool is_signers_name(std::string_view text, const Line& line) const {
    const auto from = static_cast<std::size_t>(text.data() - text_.data());
    std::size_t words = 0;
    for (std::size_t i = line.first_token; i < line.last_token; ++i) {
      const Token& token = tokens_[i];
      if (token.from < from || token.from >= from + text.size()) {
        continue;
      }
      const std::string word = folded(policy::spelled(text_, token));
      if (words == 0 && is_among(kClosings, word)) {
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
    return mark != std::string_view::npos &&
           is_among(kClosings, folded(trimmed(rest.substr(0, mark))));
  }

  // "Mrs.", "pt.", "J."
  bool ends_with_abbreviation(const Line& line, std::size_t end) const {
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

  bool is_letterhead(const Line& line) const {
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

  // "About 40 people. Carla Mott": the writer's name, behind the last sentence of a mail or under
  // its last paragraph.
  void find_trailing_name() {
    std::size_t last = lines_.size();
    while (last > 0 && (lines_[last - 1].blank() || lines_[last - 1].quotes > 0)) {
      --last;
    }
    if (last == 0) {
      return;
    }
    const Line& line = lines_[last - 1];
    const std::string_view here = spelled(line);
    std::size_t start = here.size();
    while (start > 0 && here.size() - start <= kLongestSigner &&
           !ends_sentence(line.from + start - 1)) {
      --start;
    }
    const bool closed = start > 0 && is_closing_before(here.substr(start));
    if (start > 0 && ends_sentence(line.from + start - 1) && (closed || here[start - 1] != '?')) {
      const std::string_view rest = trimmed(here.substr(start));
      const bool short_word = ends_with_abbreviation(line, line.from + start);
      // "Bob Kerr, safety"
      const std::string_view name = rest.substr(0, rest.find(','));
      const bool role = name.size() < rest.size() && words_in(rest.substr(name.size() + 1)) <= 3 &&
                        words_in(name) >= 2 && rest.find_first_of("0123456789") == rest.npos;
      if (!short_word && rest.size() <= kLongestSigner &&
          (is_signers_name(rest, line) || (role && is_signers_name(name, line)))) {
        add(RegionKind::signature, line.from + start, line.to);
      }
      return;
    }
    const std::size_t first = first_of_last_block(last);
    if (first + 1 < last && is_signers_name(spelled(lines_[first]), lines_[first])) {
      add(RegionKind::signature, lines_[first].from, line.to);
      return;
    }
    const bool alone = last >= 3 && lines_[last - 2].blank() && here.size() <= kLongestSigner;
    if (alone && spelled(lines_[last - 3]).find_first_of(".!?") != std::string_view::npos &&
        is_signers_name(here, line)) {
      add(RegionKind::signature, line.from, line.to);
    }
  }

  bool has_footer_phrase(const Line& line) const {
    const std::string_view here = spelled(line);
    for (std::size_t i = line.first_token; i < line.last_token; ++i) {
      const char c = text_[tokens_[i].from];
      if (c != 'u' && c != 'U' && c != 'o' && c != 'O' && c != 'm' && c != 'M' && c != 'v' &&
          c != 'V' && c != 'y' && c != 'Y' && c != 'e' && c != 'E') {
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

  void add_footer(const Line& line) {
    if (line.to - line.from <= 300) {
      add(RegionKind::footer, line.from, line.to);
    }
  }

  struct Notice {
    std::size_t first = 0, last = 0;  // tokens
    std::uint64_t words = 0;          // which of kNoticeWords
    bool core = false;
    std::size_t from = 0, to = 0;  // of the paragraph, bytes
  };

  void find_notices() {
    for (std::size_t i = 0; i < lines_.size();) {
      std::size_t end = i;
      while (end < lines_.size() && !lines_[end].blank()) {
        ++end;
      }
      if (end > i) {
        read_paragraph(i, end);
      }
      i = std::max(end, i) + 1;
    }
  }

  void read_paragraph(std::size_t first, std::size_t end) {
    const bool headed = has_notice_heading(lines_[first]);
    Notice notice;
    notice.from = lines_[first].from;
    notice.to = lines_[end - 1].to;
    for (std::size_t i = lines_[first].first_token; i < lines_[end - 1].last_token; ++i) {
      if (notice.words != 0 && tokens_[i].from - tokens_[notice.last].to > kNoticeGap) {
        close_notice(notice, headed);
      }
      note_word(i, notice);
    }
    close_notice(notice, headed);
    if (headed && end - first <= 3) {
      add(RegionKind::disclaimer, notice.from, notice.to);
    }
  }

  // Words of a notice that stand close together; a paragraph may hold other things before them.
  void close_notice(Notice& notice, bool headed) {
    const auto distinct = static_cast<std::size_t>(__builtin_popcountll(notice.words));
    if ((notice.core && distinct >= kWordsOfNotice) || (headed && distinct >= 2)) {
      const std::size_t line = text_.rfind('\n', tokens_[notice.first].from) + 1;
      add(RegionKind::disclaimer,
          sentence_start(tokens_[notice.first].from, std::max(notice.from, line)),
          sentence_end(tokens_[notice.last].to, notice.to));
    }
    notice.words = 0;
    notice.core = false;
  }

  void note_word(std::size_t i, Notice& notice) const {
    const Token& token = tokens_[i];
    const std::size_t length = token.to - token.from;
    const auto first_letter = static_cast<std::size_t>(lower(text_[token.from]) - 'a');
    if (first_letter >= kNoticeLengths.size() || length > 16 ||
        (kNoticeLengths[first_letter] >> length & 1U) == 0) {
      return;
    }
    const std::string word = folded(text_.substr(token.from, length));
    const auto* const known = std::find(kNoticeWords.begin(), kNoticeWords.end(), word);
    if (known == kNoticeWords.end()) {
      return;
    }
    notice.first = notice.words == 0 ? i : notice.first;
    notice.last = i;
    notice.words |= std::uint64_t{1} << static_cast<std::size_t>(known - kNoticeWords.begin());
    notice.core = notice.core || is_among(kNoticeCore, word);
  }

  bool has_notice_heading(const Line& line) const {
    const std::string_view here = spelled(line);
    const std::size_t colon = here.substr(0, 40).find(':');
    std::string_view heading = here.substr(0, colon == std::string_view::npos ? 40 : colon);
    while (!heading.empty() && (heading.front() == '*' || heading.front() == '_')) {
      heading.remove_prefix(1);
    }
    while (!heading.empty() && (heading.back() == '*' || heading.back() == '_')) {
      heading.remove_suffix(1);
    }
    return is_among(kNoticeHeadings, folded(trimmed(heading)));
  }

  std::size_t sentence_start(std::size_t at, std::size_t least) const {
    while (at > least && !ends_sentence(at - 1)) {
      --at;
    }
    return at;
  }

  std::size_t sentence_end(std::size_t at, std::size_t most) const {
    while (at < most && !ends_sentence(at)) {
      ++at;
    }
    return std::min(at + 1, most);
  }

  bool ends_sentence(std::size_t at) const {
    const char c = text_[at];
    return (c == '.' || c == '!' || c == '?') && at + 1 < text_.size() && is_space(text_[at + 1]);
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
  std::vector<Line> lines_;
  Regions out_;
};

}  // namespace

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
