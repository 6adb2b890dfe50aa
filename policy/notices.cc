// SPDX-License-Identifier: Apache-2.0
#include "policy/notices.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <utility>

#include "policy/known_words.h"
#include "policy/lexicon.h"
#include "policy/text_scan.h"

namespace phimilter::policy {
namespace {

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

// One of these must be among them: the others are words of any business mail.
constexpr std::array<std::string_view, 14> kNoticeCore{
    "confidencial", "confidencialidad", "confidential", "confidentiality", "destinatario",
    "disclosure",   "dissemination",    "intended",     "privileged",      "privilegiada",
    "prohibited",   "prohibida",        "unauthorized", "unauthorised"};

constexpr std::size_t kWordsOfNotice = 4;
constexpr std::size_t kNoticeGap = 160;  // bytes between words of one notice

constexpr KnownWords kNoticeHeadings{"confidentiality notice",
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

template <std::size_t kSize>
bool is_among(const std::array<std::string_view, kSize>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

class NoticeFinder {
 public:
  NoticeFinder(std::string_view text, const Tokens& tokens, const std::vector<TextLine>& lines)
      : text_(text), tokens_(tokens), lines_(lines) {}

  Regions run() {
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

  struct Notice {
    std::vector<std::size_t> tokens;  // those of kNoticeWords
    std::uint64_t words = 0;          // which of them
    bool core = false;
    std::size_t from = 0, to = 0;  // of the paragraph, bytes
  };

  void read_paragraph(std::size_t first, std::size_t end) {
    const bool headed = has_notice_heading(lines_[first]);
    Notice notice;
    notice.from = lines_[first].from;
    notice.to = lines_[end - 1].to;
    for (std::size_t i = lines_[first].first_token; i < lines_[end - 1].last_token; ++i) {
      if (!is(tokens_[i], WordClass::notice)) {
        continue;
      }
      if (notice.words != 0 && tokens_[i].from - tokens_[notice.tokens.back()].to > kNoticeGap) {
        close_notice(notice, headed);
      }
      note_word(i, notice);
    }
    close_notice(notice, headed);
  }

  // Words of a notice that stand close together; a paragraph may hold other things before, behind
  // and between them.
  void close_notice(Notice& notice, bool headed) {
    const auto distinct = static_cast<std::size_t>(__builtin_popcountll(notice.words));
    if ((notice.core && distinct >= kWordsOfNotice) || (headed && distinct >= 2)) {
      add_sentences(notice);
    }
    notice.tokens.clear();
    notice.words = 0;
    notice.core = false;
  }

  // The sentences that hold a word of the notice, and no other.
  void add_sentences(const Notice& notice) {
    Region region{RegionKind::disclaimer, notice.from, notice.from};
    for (const std::size_t token : notice.tokens) {
      const std::size_t at = tokens_[token].from;
      if (at < region.to) {
        continue;
      }
      const std::size_t line = text_.rfind('\n', at) + 1;
      const std::size_t from = sentence_start(at, std::max({notice.from, line, region.to}));
      if (from > region.to + 1) {
        add(region.kind, region.from, region.to);
        region.from = from;
      }
      region.to = sentence_end(tokens_[token].to, notice.to);
    }
    add(region.kind, region.from, region.to);
  }

  void note_word(std::size_t i, Notice& notice) const {
    const std::string_view word = policy::spelled(text_, tokens_[i]);
    const auto* const known =
        std::find_if(kNoticeWords.begin(), kNoticeWords.end(), [&](std::string_view candidate) {
          return candidate.size() == word.size() && starts_folded(word, candidate);
        });
    if (known == kNoticeWords.end()) {
      return;
    }
    notice.tokens.push_back(i);
    notice.words |= std::uint64_t{1} << static_cast<std::size_t>(known - kNoticeWords.begin());
    notice.core = notice.core || is_among(kNoticeCore, *known);
  }

  bool has_notice_heading(const TextLine& line) const {
    const std::string_view here = spelled(line);
    const std::size_t colon = here.substr(0, 40).find(':');
    std::string_view heading = here.substr(0, colon == std::string_view::npos ? 40 : colon);
    while (!heading.empty() && (heading.front() == '*' || heading.front() == '_')) {
      heading.remove_prefix(1);
    }
    while (!heading.empty() && (heading.back() == '*' || heading.back() == '_')) {
      heading.remove_suffix(1);
    }
    heading = trimmed(heading);
    return kNoticeHeadings.holds(heading);
  }

  std::size_t sentence_start(std::size_t at, std::size_t least) const {
    while (at > least && !ends_sentence(text_, at - 1)) {
      --at;
    }
    return at;
  }

  std::size_t sentence_end(std::size_t at, std::size_t most) const {
    while (at < most && !ends_sentence(text_, at)) {
      ++at;
    }
    return std::min(at + 1, most);
  }

  std::string_view text_;
  const Tokens& tokens_;
  const std::vector<TextLine>& lines_;
  Regions out_;
};

}  // namespace

void add_notice_words(Lexicon& lexicon) {
  for (const std::string_view word : kNoticeWords) {
    lexicon.add_word(word, WordClass::notice);
  }
}

Regions find_notices(std::string_view text, const Tokens& tokens,
                     const std::vector<TextLine>& lines) {
  return NoticeFinder(text, tokens, lines).run();
}

}  // namespace phimilter::policy
