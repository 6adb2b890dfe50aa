// SPDX-License-Identifier: Apache-2.0
//
// Answers as people spell them, brought to one form.
#include <openssl/crypto.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <vector>

#include "base/encoding.h"
#include "escrow/proof.h"

namespace phimilter::escrow {

namespace {

struct Month {
  std::string_view name;
  int number;
};
constexpr std::array kMonths = {
    Month{"january", 1},    Month{"jan", 1},        Month{"enero", 1},     Month{"ene", 1},
    Month{"february", 2},   Month{"feb", 2},        Month{"febrero", 2},   Month{"march", 3},
    Month{"mar", 3},        Month{"marzo", 3},      Month{"april", 4},     Month{"apr", 4},
    Month{"abril", 4},      Month{"abr", 4},        Month{"may", 5},       Month{"mayo", 5},
    Month{"june", 6},       Month{"jun", 6},        Month{"junio", 6},     Month{"july", 7},
    Month{"jul", 7},        Month{"julio", 7},      Month{"august", 8},    Month{"aug", 8},
    Month{"agosto", 8},     Month{"ago", 8},        Month{"september", 9}, Month{"sept", 9},
    Month{"sep", 9},        Month{"septiembre", 9}, Month{"setiembre", 9}, Month{"set", 9},
    Month{"october", 10},   Month{"oct", 10},       Month{"octubre", 10},  Month{"november", 11},
    Month{"nov", 11},       Month{"noviembre", 11}, Month{"december", 12}, Month{"dec", 12},
    Month{"diciembre", 12}, Month{"dic", 12},
};
// Words that may stand in a date and say nothing of it.
constexpr std::array<std::string_view, 27> kFillers = {
    "de",      "del",       "of",       "the",     "el",       "a",      "monday",
    "tuesday", "wednesday", "thursday", "friday",  "saturday", "sunday", "mon",
    "tue",     "wed",       "thu",      "fri",     "sat",      "sun",    "lunes",
    "martes",  "miércoles", "jueves",   "viernes", "sábado",   "domingo"};
constexpr std::array<std::string_view, 6> kOrdinals = {"st", "nd", "rd", "th", "o", "ro"};

struct Word {
  std::string_view text;
  bool digits = false;
};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Runs of digits, and of what is neither digit, ASCII white space nor ASCII punctuation.
std::optional<std::vector<Word>> words_of(std::string_view text) {
  constexpr std::size_t kLongest = 12;  // words; no date has more
  std::vector<Word> words;
  std::size_t at = 0;
  const auto separates = [](char c) {
    return static_cast<unsigned char>(c) < 0x80 && !is_digit(c) && !(c >= 'a' && c <= 'z');
  };
  while (at < text.size()) {
    if (separates(text[at])) {
      ++at;
      continue;
    }
    const bool digits = is_digit(text[at]);
    std::size_t end = at;
    while (end < text.size() && !separates(text[end]) && is_digit(text[end]) == digits) {
      ++end;
    }
    words.push_back({text.substr(at, end - at), digits});
    if (words.size() > kLongest) {
      return std::nullopt;
    }
    at = end;
  }
  return words;
}

int number_of(std::string_view digits) {
  int value = 0;
  for (const char c : digits) {
    value = value * 10 + (c - '0');
  }
  return value;
}

// Fixed, so that an answer means the same in every year: 30 to 99 are of the last century.
std::optional<int> year_of(std::string_view digits) {
  const int value = number_of(digits);
  if (digits.size() == 2) {
    return value < 30 ? 2000 + value : 1900 + value;
  }
  if (digits.size() == 4 && value >= 1800 && value < 2200) {
    return value;
  }
  return std::nullopt;
}

std::optional<std::string> date(std::optional<int> year, int month, int day) {
  if (!year || month < 1 || month > 12 || day < 1 || day > 31) {
    return std::nullopt;
  }
  const std::chrono::year_month_day calendar{std::chrono::year(*year),
                                             std::chrono::month(static_cast<unsigned>(month)),
                                             std::chrono::day(static_cast<unsigned>(day))};
  if (!calendar.ok()) {
    return std::nullopt;
  }
  std::string text = std::to_string(*year * 10000 + month * 100 + day);
  return text;
}

enum class First { month, day };  // where it could be both

std::optional<std::string> in_order(First comes_first, std::optional<int> year, int first,
                                    int second) {
  const bool month = comes_first == First::month;
  if (auto text = date(year, month ? first : second, month ? second : first)) {
    return text;
  }
  return date(year, month ? second : first, month ? first : second);
}

std::optional<std::string> numeric_date(const std::vector<std::string_view>& numbers,
                                        First comes_first) {
  if (numbers.size() == 1 && numbers[0].size() == 8) {
    const std::string_view run = numbers[0];
    if (auto text = date(year_of(run.substr(0, 4)), number_of(run.substr(4, 2)),
                         number_of(run.substr(6)))) {
      return text;
    }
    return in_order(comes_first, year_of(run.substr(4)), number_of(run.substr(0, 2)),
                    number_of(run.substr(2, 2)));
  }
  if (numbers.size() != 3 || numbers[1].size() > 2) {
    return std::nullopt;
  }
  if (numbers[0].size() == 4 && numbers[2].size() <= 2) {
    return date(year_of(numbers[0]), number_of(numbers[1]), number_of(numbers[2]));
  }
  if (numbers[0].size() <= 2) {
    return in_order(comes_first, year_of(numbers[2]), number_of(numbers[0]), number_of(numbers[1]));
  }
  return std::nullopt;
}

std::optional<std::string> named_date(int month, const std::vector<std::string_view>& numbers) {
  if (numbers.size() != 2) {
    return std::nullopt;
  }
  const bool year_first = numbers[0].size() == 4;
  const std::string_view day = numbers[year_first ? 1 : 0];
  return day.size() <= 2 ? date(year_of(numbers[year_first ? 0 : 1]), month, number_of(day))
                         : std::nullopt;
}

// `text` is folded. nullopt: not a date, or a word stands in it that belongs to no date.
std::optional<std::string> date_in(std::string_view text, First comes_first) {
  const auto words = words_of(text);
  if (!words) {
    return std::nullopt;
  }
  int month = 0;
  std::vector<std::string_view> numbers;
  bool after_number = false;
  for (const Word& word : *words) {
    const auto named = std::find_if(kMonths.begin(), kMonths.end(),
                                    [&](const Month& one) { return one.name == word.text; });
    const bool ordinal =
        after_number && std::find(kOrdinals.begin(), kOrdinals.end(), word.text) != kOrdinals.end();
    after_number = word.digits;
    if (word.digits) {
      numbers.push_back(word.text);
    } else if (named != kMonths.end() && month == 0) {
      month = named->number;
    } else if (!ordinal &&
               std::find(kFillers.begin(), kFillers.end(), word.text) == kFillers.end()) {
      return std::nullopt;
    }
  }
  const bool too_long = std::any_of(numbers.begin(), numbers.end(),
                                    [](std::string_view digits) { return digits.size() > 8; });
  if (too_long) {
    return std::nullopt;
  }
  return month == 0 ? numeric_date(numbers, comes_first) : named_date(month, numbers);
}

bool valid_utf8(std::string_view text) {
  // ICU gives U+FFFD for what is not UTF-8, and for nothing else but U+FFFD itself.
  return icu::UnicodeString::fromUTF8(icu::StringPiece(text.data(), static_cast<int>(text.size())))
             .indexOf(static_cast<UChar>(0xFFFD)) < 0;
}

icu::UnicodeString as_unicode(std::string_view text) {
  if (valid_utf8(text)) {
    return icu::UnicodeString::fromUTF8(
        icu::StringPiece(text.data(), static_cast<int>(text.size())));
  }
  // Latin-1, which old forms and old mailers still send; each byte is a code point.
  icu::UnicodeString out;
  for (const char c : text) {
    out.append(static_cast<UChar>(static_cast<unsigned char>(c)));
  }
  return out;
}

// Case folding and compatibility composition in one (UAX #44 NFKC_Casefold): "JOSÉ" with a
// combining accent, in full width or with a soft hyphen is "josé".
icu::UnicodeString fold(const icu::UnicodeString& text) {
  UErrorCode error = U_ZERO_ERROR;
  const icu::Normalizer2* folder = icu::Normalizer2::getNFKCCasefoldInstance(error);
  icu::UnicodeString out = U_SUCCESS(error) ? folder->normalize(text, error) : text;
  require(U_SUCCESS(error), "ICU's data hold NFKC_Casefold");
  return out;
}

bool is_dropped(UChar32 c) {
  return u_isUWhiteSpace(c) != 0 || u_ispunct(c) != 0 || u_iscntrl(c) != 0;
}

// Digits of every script (Arabic-Indic, Devanagari) as ASCII ones.
icu::UnicodeString with_plain_digits(const icu::UnicodeString& text) {
  icu::UnicodeString out;
  for (int32_t at = 0; at < text.length(); at = text.moveIndex32(at, 1)) {
    const UChar32 c = text.char32At(at);
    const int32_t digit = u_charType(c) == U_DECIMAL_DIGIT_NUMBER ? u_charDigitValue(c) : -1;
    out.append(digit >= 0 ? static_cast<UChar32>('0' + digit) : c);
  }
  return out;
}

// "19610307" or "03071961"
bool is_run_of_a_date(std::string_view text) {
  return text.size() == 8 && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

Secret letters_and_digits(const icu::UnicodeString& folded) {
  icu::UnicodeString kept;
  for (int32_t at = 0; at < folded.length(); at = folded.moveIndex32(at, 1)) {
    if (!is_dropped(folded.char32At(at))) {
      kept.append(folded.char32At(at));
    }
  }
  std::string text;
  kept.toUTF8String(text);
  Secret out{std::string_view(text)};
  OPENSSL_cleanse(text.data(), text.size());
  return out;
}

}  // namespace

std::vector<Secret> answer_readings(std::string_view answer) {
  const icu::UnicodeString folded = with_plain_digits(fold(as_unicode(answer)));
  Secret plain = letters_and_digits(folded);
  std::string text;
  if (is_run_of_a_date(plain.view())) {
    text = plain.view();  // whatever stands between its digits
  } else {
    folded.toUTF8String(text);
  }
  std::vector<Secret> readings;
  for (const First comes_first : {First::month, First::day}) {
    auto as_date = date_in(text, comes_first);
    if (as_date && (readings.empty() || readings.front().view() != *as_date)) {
      readings.emplace_back(std::string_view(*as_date));
    }
    if (as_date) {
      OPENSSL_cleanse(as_date->data(), as_date->size());
    }
  }
  if (readings.empty()) {
    readings.push_back(std::move(plain));
  }
  OPENSSL_cleanse(text.data(), text.size());
  return readings;
}

Secret normalise_answer(std::string_view answer) {
  return std::move(answer_readings(answer).front());
}

Secret normalise_code(std::string_view code) {
  return letters_and_digits(with_plain_digits(fold(as_unicode(code))));
}

Secret normalise_passphrase(std::string_view passphrase) {
  UErrorCode error = U_ZERO_ERROR;
  const icu::Normalizer2* composer = icu::Normalizer2::getNFKCInstance(error);
  require(U_SUCCESS(error), "ICU's data hold NFKC");
  const icu::UnicodeString composed = composer->normalize(as_unicode(passphrase), error);
  require(U_SUCCESS(error), "ICU normalises what is UTF-16");
  icu::UnicodeString kept;
  bool space = false;
  for (int32_t at = 0; at < composed.length(); at = composed.moveIndex32(at, 1)) {
    const UChar32 c = composed.char32At(at);
    if (u_isUWhiteSpace(c) != 0) {
      space = !kept.isEmpty();
      continue;
    }
    if (space) {
      kept.append(static_cast<UChar32>(' '));
      space = false;
    }
    kept.append(c);
  }
  std::string text;
  kept.toUTF8String(text);
  Secret out{std::string_view(text)};
  OPENSSL_cleanse(text.data(), text.size());
  return out;
}

std::size_t length_in_characters(const Secret& normalised) {
  return static_cast<std::size_t>(std::ranges::count_if(
      normalised.span(), [](std::uint8_t byte) { return (byte & 0xC0U) != 0x80U; }));
}

}  // namespace phimilter::escrow
