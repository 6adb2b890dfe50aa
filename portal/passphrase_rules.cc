// SPDX-License-Identifier: Apache-2.0
#include "portal/passphrase_rules.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <vector>

#include "base/encoding.h"
#include "escrow/proof.h"
#include "portal/breached_file.h"

namespace phimilter::portal {
namespace {

// What people choose when they are told that it must be long. Compared without case, spaces and
// punctuation.
constexpr std::array<std::string_view, 64> kCommon = {
    "passwordpassword", "password1234",       "password12345",
    "password123456",   "mypassword123",      "thisismypassword",
    "passphrase",       "mypassphrase",       "correcthorsebatterystaple",
    "qwertyqwerty",     "qwertyuiop",         "qwertyuiopasdfghjkl",
    "qwerty123456",     "1qaz2wsx3edc",       "zaq12wsxcde3",
    "1q2w3e4r5t6y",     "q1w2e3r4t5y6",       "asdfghjklzxcvbnm",
    "abcdefghijkl",     "abcdefghijklmnop",   "abcdefghijklmnopqrstuvwxyz",
    "abc123abc123",     "iloveyouiloveyou",   "iloveyou1234",
    "iloveyouforever",  "iloveyousomuch",     "teamoteamoteamo",
    "teamomucho",       "tequieromucho",      "contrasena",
    "contrasena123",    "contrasena1234",     "micontrasena",
    "letmeinletmein",   "letmeinplease",      "pleaseletmein",
    "openthisplease",   "opensesame",         "welcomewelcome",
    "welcome12345",     "bienvenido123",      "administrator",
    "changemechangeme", "changeme1234",       "secretsecret",
    "topsecret123",     "mysecretpassword",   "donttellanyone",
    "idontknow",        "idontknowidontknow", "whatever1234",
    "nothingtosee",     "sunshine1234",       "sunshinesunshine",
    "princess1234",     "football1234",       "baseball1234",
    "superman1234",     "dragondragon",       "monkeymonkey",
    "jesuschrist",      "jesuslovesme",       "godisgood",
    "ilovejesus",
};

bool listed(std::string_view plain) {
  // A year or a count behind it changes nothing.
  const std::size_t end = plain.find_last_not_of("0123456789");
  const std::string_view word = plain.substr(0, end == std::string_view::npos ? 0 : end + 1);
  return std::ranges::any_of(kCommon, [plain, word](std::string_view common) {
    const std::size_t common_end = common.find_last_not_of("0123456789");
    return plain == common || word == common.substr(0, common_end + 1);
  });
}

// "aaaaaaaaaaaa", "abababababab", "123412341234".
bool repeats(std::string_view text) {
  for (std::size_t period = 1; period <= 4 && period < text.size(); ++period) {
    bool same = true;
    for (std::size_t i = period; i < text.size() && same; ++i) {
      same = text[i] == text[i - period];
    }
    if (same) {
      return true;
    }
  }
  return false;
}

// "123456789012", "abcdefghijkl", "zyxwvutsrqpo".
bool runs(std::string_view text) {
  const auto by = [text](int step) {
    for (std::size_t i = 1; i < text.size(); ++i) {
      const int difference = text[i] - text[i - 1];
      const bool wraps =
          (text[i - 1] == '9' && text[i] == '0') || (text[i - 1] == '0' && text[i] == '9');
      if (difference != step && !wraps) {
        return false;
      }
    }
    return true;
  };
  return by(1) || by(-1);
}

// Of what is left without the word, so little that it adds nothing.
bool is_little_more_than(std::string_view text, std::string_view word) {
  constexpr std::size_t kShortestWord = 4, kLittle = 5;
  return word.size() >= kShortestWord && text.find(word) != std::string_view::npos &&
         text.size() - word.size() < kLittle;
}

std::string plain_form(std::string_view text) {
  return std::string(escrow::normalise_answer(text).view());
}

}  // namespace

Result<PassphraseRules> PassphraseRules::open(std::size_t shortest,
                                              const std::string& breached_file) {
  bool hashes = false;
  if (!breached_file.empty()) {
    const auto kind = kind_of_breached_file(breached_file);
    if (!kind) {
      return fail(kind.error());
    }
    hashes = *kind == BreachedKind::hashes;
  }
  return PassphraseRules(shortest, breached_file, hashes);
}

Result<PassphraseFault> PassphraseRules::judge(const Secret& normalised, std::string_view address,
                                               std::string_view organisation) const {
  const std::size_t length = escrow::length_in_characters(normalised);
  if (length < shortest_) {
    return PassphraseFault::too_short;
  }
  if (length > kLongestPassphrase) {
    return PassphraseFault::too_long;
  }
  const Secret plain = escrow::normalise_answer(normalised.view());
  if (listed(plain.view()) || repeats(plain.view()) || runs(plain.view())) {
    return PassphraseFault::common;
  }
  const std::string_view local = address.substr(0, address.rfind('@'));
  for (const std::string& word :
       {plain_form(address), plain_form(local), plain_form(organisation)}) {
    if (is_little_more_than(plain.view(), word)) {
      return PassphraseFault::about_you;
    }
  }
  if (file_.empty()) {
    return PassphraseFault::none;
  }
  const auto found =
      is_breached(file_, hashes_ ? BreachedKind::hashes : BreachedKind::lines, normalised.view());
  if (!found) {
    return fail(found.error());
  }
  return *found ? PassphraseFault::common : PassphraseFault::none;
}

}  // namespace phimilter::portal
