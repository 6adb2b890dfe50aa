// SPDX-License-Identifier: Apache-2.0
#include "bench/mail_text.h"

#include <array>
#include <set>
#include <string_view>

namespace phimilter::bench {
namespace {

constexpr std::size_t kRareWords = 60'000;
constexpr std::size_t kLineWidth = 72;

constexpr std::array<std::string_view, 160> kCommon{
    "the",      "to",       "and",     "of",       "a",      "in",     "is",       "for",
    "you",      "that",     "it",      "on",       "we",     "with",   "this",     "be",
    "are",      "have",     "will",    "as",       "not",    "your",   "if",       "can",
    "from",     "at",       "or",      "please",   "our",    "was",    "by",       "but",
    "they",     "an",       "all",     "would",    "there",  "what",   "any",      "has",
    "about",    "me",       "just",    "do",       "so",     "my",     "one",      "when",
    "know",     "get",      "time",    "need",     "out",    "up",     "which",    "some",
    "been",     "new",      "let",     "more",     "should", "us",     "like",     "were",
    "use",      "also",     "see",     "who",      "how",    "work",   "could",    "their",
    "them",     "than",     "other",   "only",     "now",    "then",   "here",     "over",
    "after",    "because",  "make",    "back",     "may",    "into",   "think",    "want",
    "week",     "meeting",  "list",    "send",     "today",  "thanks", "file",     "report",
    "question", "team",     "call",    "before",   "going",  "last",   "next",     "office",
    "change",   "day",      "first",   "still",    "these",  "two",    "where",    "number",
    "add",      "take",     "good",    "well",     "sure",   "look",   "address",  "order",
    "system",   "version",  "problem", "same",     "very",   "each",   "does",     "help",
    "people",   "year",     "through", "project",  "server", "page",   "open",     "start",
    "tomorrow", "schedule", "message", "attached", "copy",   "room",   "budget",   "invoice",
    "draft",    "review",   "plan",    "agenda",   "link",   "update", "contract", "training",
    "payment",  "phone",    "morning", "friday",   "notes",  "group",  "ready",    "print"};

constexpr std::array<std::string_view, 24> kClinical{
    "patient was seen for chest pain and shortness of breath",
    "started metoprolol 50 mg twice daily for hypertension",
    "hemoglobin A1c came back at 8.1 %",
    "history of congestive heart failure and type 2 diabetes",
    "biopsy showed no malignancy",
    "MRI of the lumbar spine is scheduled",
    "potassium 5.1 mmol/L, please repeat",
    "continue lisinopril 20 mg po daily",
    "follow-up with cardiology in two weeks",
    "no fever, cough is improving on azithromycin",
    "the claim was denied for prior authorization",
    "blood pressure 142/88 at the last visit",
    "colonoscopy prep instructions were mailed",
    "referred to physical therapy for knee pain",
    "allergic to penicillin",
    "DOB 03/14/1962, MRN 00482913",
    "insurance card on file, copay 25 dollars",
    "chest x-ray shows pneumonia in the left lower lobe",
    "wound care twice a week",
    "diagnosis code E11.9 on the superbill",
    "discharged home with oxygen",
    "insulin glargine 12 units at bedtime",
    "the depression screening was positive",
    "ultrasound of the abdomen was normal"};

constexpr std::array<std::string_view, 16> kGiven{
    "Maria", "James", "Linda",  "Robert", "Susan", "David",  "Karen", "Daniel",
    "Emily", "Brian", "Teresa", "Kevin",  "Laura", "Thomas", "Ana",   "Peter"};

constexpr std::array<std::string_view, 16> kSurnames{
    "Lopez",  "Miller",   "Johnson", "Nguyen",  "Carter", "Reilly",  "Garcia", "Whitfield",
    "Abbott", "Thompson", "Ortiz",   "Hammond", "Keller", "Sanders", "Ramos",  "Bishop"};

constexpr std::array<std::string_view, 32> kSyllables{
    "an",  "ber", "cor", "da", "el",  "fin", "gra", "hol", "in",  "jor", "kel",
    "lo",  "mar", "ne",  "or", "pla", "qui", "ra",  "ste", "tri", "un",  "ver",
    "wen", "xi",  "yo",  "za", "cho", "der", "ity", "ing", "ous", "ent"};

template <typename Words>
std::string pick(const Words& words, std::size_t index) {
  return std::string(words[index]);
}

}  // namespace

MailText::MailText(unsigned seed) : random_(seed) {
  std::set<std::string> known;
  while (rare_.size() < kRareWords) {
    std::string made;
    for (std::size_t i = 2 + below(3); i > 0; --i) {
      made += kSyllables[below(kSyllables.size())];
    }
    if (known.insert(made).second) {
      rare_.push_back(made);
    }
  }
}

// Two words in three are common; the others come from a list in which early ones are likelier.
const std::string& MailText::word() {
  static const std::vector<std::string> common(kCommon.begin(), kCommon.end());
  if (below(3) != 0) {
    return common[below(1 + below(common.size()))];
  }
  return rare_[below(1 + below(1 + below(rare_.size())))];
}

std::string MailText::capital(std::string word) const {
  word[0] = word[0] >= 'a' && word[0] <= 'z' ? static_cast<char>(word[0] - 'a' + 'A') : word[0];
  return word;
}

std::string MailText::number(std::size_t digits) {
  std::string out;
  for (; digits > 0; --digits) {
    out += static_cast<char>('0' + below(10));
  }
  return out;
}

void MailText::sentence(std::string& out) {
  std::string words;
  if (below(8) == 0) {
    words = pick(kClinical, below(kClinical.size()));
  } else {
    for (std::size_t i = 5 + below(12); i > 0; --i) {
      const std::size_t kind = below(40);
      words += (words.empty() ? "" : " ") + (kind == 0   ? number(1 + below(6))
                                             : kind == 1 ? capital(word())
                                                         : word());
    }
  }
  out += capital(words) + (below(9) == 0 ? "? " : ". ");
}

void MailText::mail(std::string& out) {
  const std::string given = pick(kGiven, below(kGiven.size()));
  const std::string surname = pick(kSurnames, below(kSurnames.size()));
  std::string text = "Hi " + given + ",\n\n";
  for (std::size_t i = 3 + below(12); i > 0; --i) {
    sentence(text);
    text += below(5) == 0 ? "\n\n" : "";
  }
  text += "\n\nRegards,\n" + given + " " + surname + "\nOffice Manager\n(217) 555-01" + number(2) +
          "\n" + given + "@clinic.example\n\nOn Tue, Mar 3, 2026 at 10:15 AM, " + surname + " <" +
          surname + "@home.example> wrote:\n> ";
  sentence(text);
  sentence(text);
  std::size_t column = 0;
  for (const char c : text) {
    const bool wraps = c == ' ' && column > kLineWidth;
    out += wraps ? '\n' : c;
    column = wraps || c == '\n' ? 0 : column + 1;
  }
  out += "\n\n";
}

void MailText::row(std::string& out) {
  out += pick(kSurnames, below(kSurnames.size())) + ", " + pick(kGiven, below(kGiven.size())) +
         "\t0" + number(1) + "/1" + number(1) + "/19" + number(2) + "\t" + number(8) + "\t" +
         word() + " " + word() + "\t" + number(2) + "." + number(1) + "\t(212) 555-01" + number(2) +
         "\t" + number(3) + " " + capital(word()) + " Street\n";
}

void MailText::soup(std::string& out) {
  constexpr std::string_view kBetween = "-- ./,:()#";
  for (std::size_t i = 8 + below(8); i > 0; --i) {
    out += number(1 + below(9)) + std::string(1 + below(2), kBetween[below(kBetween.size())]);
  }
  out += '\n';
}

std::string MailText::make(Mix mix, std::size_t bytes) {
  std::string out;
  out.reserve(bytes + 4096);
  while (out.size() < bytes) {
    switch (mix) {
      case Mix::plain:
        mail(out);
        break;
      case Mix::tables:
        row(out);
        break;
      case Mix::digits:
        soup(out);
        break;
    }
  }
  return out;
}

// One term in ten is a single word. Most words of medical lists are in no ordinary mail: one in six
// is here.
std::vector<std::string> MailText::terms(std::size_t count) {
  std::set<std::string> known;
  std::vector<std::string> out;
  const auto listed = [this] {
    const std::string& rare = rare_[below(rare_.size())];
    return below(6) == 0 ? rare : rare + std::string(kSyllables[below(kSyllables.size())]);
  };
  while (out.size() < count) {
    std::string term = listed();
    for (std::size_t i = below(10) == 0 ? 0 : 1 + below(3); i > 0; --i) {
      term += " " + (below(4) == 0 ? word() : listed());
    }
    if (known.insert(term).second) {
      out.push_back(std::move(term));
    }
  }
  return out;
}

}  // namespace phimilter::bench
