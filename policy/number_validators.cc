// SPDX-License-Identifier: Apache-2.0
#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "policy/check_digits.h"
#include "policy/validators.h"

namespace phimilter::policy {
namespace {

// Those that payment processors print in their testing guides.
bool is_test_card(const std::string& digits) {
  constexpr std::array kTestCards{"30569309025904",   "3530111333300000", "3566002020360505",
                                  "371449635398431",  "378282246310005",  "378734493671000",
                                  "38520000023237",   "4000056655665556", "4012888888881881",
                                  "4111111111111111", "4222222222222",    "4242424242424242",
                                  "5105105105105100", "5200828282828210", "5555555555554444",
                                  "6011000990139424", "6011111111111117"};
  return std::find(kTestCards.begin(), kTestCards.end(), digits) != kTestCards.end();
}

bool is_issued(const std::string& digits) {
  const std::size_t size = digits.size();
  const int two = number(digits.substr(0, 2));
  const int four = number(digits.substr(0, 4));
  const auto within = [](int value, int low, int high) { return value >= low && value <= high; };
  const bool visa = digits[0] == '4' && (size == 13 || size == 16 || size == 19);
  const bool mastercard = size == 16 && (within(two, 51, 55) || within(four, 2221, 2720));
  const bool amex = size == 15 && (two == 34 || two == 37);
  const bool discover = size == 16 && (four == 6011 || two == 65 || within(four, 6440, 6499));
  const bool diners = size == 14 && (two == 36 || two == 38 || within(four, 3000, 3059));
  const bool jcb = size == 16 && within(four, 3528, 3589);
  const bool unionpay = size == 16 && two == 62;
  return visa || mastercard || amex || discover || diners || jcb || unionpay;
}

// ISO 13616 registry: letters of the whole number.
std::size_t iban_length(std::string_view country) {
  constexpr std::array<std::pair<std::string_view, std::size_t>, 43> kLengths{{
      {"AD", 24}, {"AE", 23}, {"AT", 20}, {"BE", 16}, {"BG", 22}, {"BR", 29}, {"CH", 21},
      {"CR", 22}, {"CY", 28}, {"CZ", 24}, {"DE", 22}, {"DK", 18}, {"DO", 28}, {"EE", 20},
      {"ES", 24}, {"FI", 18}, {"FR", 27}, {"GB", 22}, {"GI", 23}, {"GR", 27}, {"GT", 28},
      {"HR", 21}, {"HU", 28}, {"IE", 22}, {"IL", 23}, {"IS", 26}, {"IT", 27}, {"LI", 21},
      {"LT", 20}, {"LU", 20}, {"LV", 21}, {"MC", 27}, {"MT", 31}, {"NL", 18}, {"NO", 15},
      {"PL", 28}, {"PT", 25}, {"RO", 24}, {"SA", 24}, {"SE", 24}, {"SI", 19}, {"SK", 24},
      {"TR", 26},
  }};
  for (const auto& [name, length] : kLengths) {
    if (name == country) {
      return length;
    }
  }
  return 0;
}

// GS1 application identifiers that follow a GTIN on a device: 10 lot, 11 made, 17 expires, 21
// serial and the like.
bool is_gs1_device(std::string_view text) {
  constexpr std::size_t kHead = 4 + 14;  // "(01)" and the GTIN
  if (text.size() < kHead || !text.starts_with("(01)") || !all_digits(text.substr(4, 14)) ||
      !gs1_check(text.substr(4, 14))) {
    return false;
  }
  for (std::size_t at = kHead; at < text.size();) {
    const bool date = text.substr(at).starts_with("(11)") || text.substr(at).starts_with("(17)");
    const std::size_t close = text.find(')', at);
    const std::size_t next = std::min(text.find('(', at + 1), text.size());
    if (text[at] != '(' || close == std::string_view::npos || close + 1 >= next ||
        !all_digits(text.substr(at + 1, close - at - 1)) ||
        (date && (next - close != 7 || !all_digits(text.substr(close + 1, 6))))) {
      return false;
    }
    at = next;
  }
  return true;
}

bool is_hibc(std::string_view text) {
  return text.size() >= 8 && text[0] == '+' && is_letter(text[1]) && hibc_check(text);
}

std::string without_blanks(std::string_view value) {
  std::string out;
  std::copy_if(value.begin(), value.end(), std::back_inserter(out),
               [](char c) { return c != ' ' && c != '\t' && c != '\n' && c != '\r'; });
  return out;
}

}  // namespace

bool valid_card(std::string_view value) {
  const std::string digits = digits_of(value);
  return digits.size() >= 13 && digits.size() <= 19 && !all_equal(digits) && luhn(digits) &&
         !is_test_card(digits) && is_issued(digits);
}

bool valid_nanp(std::string_view value) {
  std::string digits = digits_of(value);
  if (digits.size() == 11 && digits[0] == '1') {
    digits.erase(0, 1);
  }
  const auto n11 = [&](std::size_t at) { return digits[at + 1] == '1' && digits[at + 2] == '1'; };
  return digits.size() == 10 && digits[0] >= '2' && digits[3] >= '2' && !n11(0) && !n11(3);
}

bool valid_aba(std::string_view value) {
  constexpr std::array kWeights{3, 7, 1};
  const std::string digits = digits_of(value);
  if (digits.size() != 9 || all_equal(digits)) {
    return false;
  }
  // Federal Reserve districts, thrifts (+20), electronic (+60), traveller's cheques.
  const int district = number(digits.substr(0, 2));
  const bool given = district <= 12 || (district >= 21 && district <= 32) ||
                     (district >= 61 && district <= 72) || district == 80;
  int sum = 0;
  for (std::size_t i = 0; i < 9; ++i) {
    sum += kWeights[i % 3] * (digits[i] - '0');
  }
  return given && sum % 10 == 0;
}

bool valid_iban(std::string_view value) {
  const std::string text = capitals_of(value);
  return text.size() > 4 && is_letter(text[0]) && is_letter(text[1]) &&
         text.size() == iban_length(text.substr(0, 2)) && all_digits(text.substr(2, 2)) &&
         remainder_97(text.substr(4) + text.substr(0, 4)) == 1;
}

bool valid_vin(std::string_view value) {
  constexpr std::string_view kLetters = "ABCDEFGHJKLMNPRSTUVWXYZ";
  constexpr std::string_view kValues = "12345678123457923456789";
  constexpr std::array kWeights{8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2};
  constexpr std::size_t kSerial = 4;  // digits in every vehicle's last places
  const std::string text = capitals_of(value);
  if (text.size() != kWeights.size() || all_equal(text) ||
      !all_digits(std::string_view(text).substr(text.size() - kSerial))) {
    return false;
  }
  int sum = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::size_t letter = kLetters.find(text[i]);
    if (!is_digit(text[i]) && letter == std::string_view::npos) {
      return false;
    }
    sum += kWeights[i] * ((is_digit(text[i]) ? text[i] : kValues[letter]) - '0');
  }
  const int rest = sum % 11;
  return text[8] == (rest == 10 ? 'X' : static_cast<char>('0' + rest));
}

bool valid_gtin(std::string_view value) {
  const std::string digits = digits_of(value);
  const std::size_t size = digits.size();
  return (size == 8 || size == 12 || size == 13 || size == 14) && !all_equal(digits) &&
         gs1_check(digits);
}

bool valid_udi(std::string_view value) {
  const std::string text = without_blanks(value);
  return is_gs1_device(text) || is_hibc(text);
}

bool valid_ndc(std::string_view value) {
  constexpr std::array<std::array<std::size_t, 3>, 4> kForms{
      {{4, 4, 2}, {5, 3, 2}, {5, 4, 1}, {5, 4, 2}}};
  const std::string text = without_blanks(value);
  const std::size_t first = text.find('-');
  const std::size_t second = text.rfind('-');
  if (first == std::string::npos || second == first) {
    return false;
  }
  const std::array<std::string, 3> pieces{
      text.substr(0, first), text.substr(first + 1, second - first - 1), text.substr(second + 1)};
  return std::all_of(pieces.begin(), pieces.end(),
                     [](const std::string& piece) { return all_digits(piece); }) &&
         number(pieces[0]) != 0 && std::any_of(kForms.begin(), kForms.end(), [&](const auto& form) {
           return pieces[0].size() == form[0] && pieces[1].size() == form[1] &&
                  pieces[2].size() == form[2];
         });
}

bool valid_ipv4(std::string_view value) {
  in_addr address{};
  if (inet_pton(AF_INET, std::string(value).c_str(), &address) != 1) {
    return false;
  }
  const std::uint32_t number = ntohl(address.s_addr);
  return number >> 24U != 0 && number >> 24U != 127 && number != 0xffffffff;
}

bool valid_ipv6(std::string_view value) {
  in6_addr address{};
  if (inet_pton(AF_INET6, std::string(value).c_str(), &address) != 1) {
    return false;
  }
  const auto* bytes = std::begin(address.s6_addr);
  return std::any_of(bytes, bytes + 15, [](unsigned char byte) { return byte != 0; }) ||
         bytes[15] > 1;
}

bool valid_ip(std::string_view value) {
  return valid_ipv4(value) || valid_ipv6(value);
}

}  // namespace phimilter::policy
