// SPDX-License-Identifier: Apache-2.0
#include "policy/validators.h"

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <optional>
#include <unordered_set>
#include <utility>

#include "base/encoding.h"
#include "base/toml_reader.h"
#include "policy/check_digits.h"

namespace phimilter::policy {
namespace {

constexpr std::size_t kFewestDigits = 4;

using Check = bool (*)(std::string_view);
constexpr std::array kValidators{
    std::pair{std::string_view("ssn"), &valid_ssn},
    std::pair{std::string_view("itin"), &valid_itin},
    std::pair{std::string_view("taxpayer"), &valid_taxpayer},
    std::pair{std::string_view("mbi"), &valid_mbi},
    std::pair{std::string_view("hicn"), &valid_hicn},
    std::pair{std::string_view("identifier"), &valid_identifier},
    std::pair{std::string_view("name"), &valid_name},
    std::pair{std::string_view("name_or_initial"), &valid_name_or_initial},
    std::pair{std::string_view("npi"), &valid_npi},
    std::pair{std::string_view("dea"), &valid_dea},
    std::pair{std::string_view("date"), &valid_date},
    std::pair{std::string_view("day"), &valid_day},
    std::pair{std::string_view("nanp"), &valid_nanp},
    std::pair{std::string_view("ipv4"), &valid_ipv4},
    std::pair{std::string_view("ipv6"), &valid_ipv6},
    std::pair{std::string_view("ip"), &valid_ip},
    std::pair{std::string_view("card"), &valid_card},
    std::pair{std::string_view("aba"), &valid_aba},
    std::pair{std::string_view("iban"), &valid_iban},
    std::pair{std::string_view("vin"), &valid_vin},
    std::pair{std::string_view("gtin"), &valid_gtin},
    std::pair{std::string_view("udi"), &valid_udi},
    std::pair{std::string_view("ndc"), &valid_ndc},
};

Fault bad_argument(std::string_view name, const std::string& what) {
  return configuration_fault("policy.validator", "validator '" + std::string(name) + "': " + what);
}

// "digits=7,highest=10", each at most once and known; a number from 0 to 9999.
class Arguments {
 public:
  static Result<Arguments> parse(std::string_view name, std::string_view text,
                                 const std::vector<std::string>& known) {
    Arguments out;
    if (text.empty()) {
      return out;
    }
    for (const std::string_view piece : split(text, ',')) {
      const std::size_t equals = std::min(piece.find('='), piece.size());
      const std::string key(piece.substr(0, equals));
      const std::string_view value = piece.substr(std::min(equals + 1, piece.size()));
      if (std::find(known.begin(), known.end(), key) == known.end()) {
        return fail(bad_argument(name, "there is no argument '" + key + "'"));
      }
      if (value.empty() || value.size() > 4 || !all_digits(value) ||
          !out.numbers_.emplace(key, number(value)).second) {
        return fail(bad_argument(name, "'" + key + "' must be given once, as a number"));
      }
    }
    return out;
  }
  int get(const std::string& key, int otherwise) const {
    const auto found = numbers_.find(key);
    return found == numbers_.end() ? otherwise : found->second;
  }

 private:
  std::map<std::string, int> numbers_;
};

bool is_count(std::size_t count, int wanted) {
  return wanted == 0 ? count >= kFewestDigits : count == static_cast<std::size_t>(wanted);
}

Result<Validator> make_mod10(std::string_view arguments) {
  const auto parsed = Arguments::parse("mod10", arguments, {"digits"});
  if (!parsed) {
    return fail(parsed.error());
  }
  return Validator([digits = parsed->get("digits", 0)](std::string_view value) {
    const std::string all = digits_of(value);
    return is_count(all.size(), digits) && !all_equal(all) && luhn(all);
  });
}

Result<Validator> make_mod11(std::string_view arguments) {
  const auto parsed = Arguments::parse("mod11", arguments, {"digits", "highest"});
  if (!parsed) {
    return fail(parsed.error());
  }
  const int highest = parsed->get("highest", 0);
  if (highest == 1) {
    return fail(bad_argument("mod11", "'highest' is the highest weight: 2 or more"));
  }
  return Validator([digits = parsed->get("digits", 0), highest](std::string_view value) {
    std::string all = digits_of(value);
    if (!value.empty() && (value.back() == 'X' || value.back() == 'x')) {
      all.push_back('X');
    }
    return is_count(all.size(), digits) && !all_equal(all) && weighted_11(all, highest);
  });
}

Result<Validator> make_mod26(std::string_view arguments) {
  const auto parsed = Arguments::parse("mod26", arguments, {"digits"});
  if (!parsed) {
    return fail(parsed.error());
  }
  return Validator([digits = parsed->get("digits", 0)](std::string_view value) {
    const std::string text = capitals_of(value);
    const std::string all = digits_of(text);
    if (text.empty() || !is_letter(text.back()) || !is_count(all.size(), digits)) {
      return false;
    }
    int rest = 0;
    for (const char c : all) {
      rest = (rest * 10 + (c - '0')) % 26;
    }
    return text.back() == static_cast<char>('A' + rest);
  });
}

// The digits of the year stand together, four of them.
std::optional<int> year_of(std::string_view value) {
  for (std::size_t at = 0; at < value.size();) {
    std::size_t end = at;
    while (end < value.size() && is_digit(value[end])) {
      ++end;
    }
    if (end - at == 4 || end - at == 8) {
      return number(value.substr(at, 4));
    }
    at = end + 1;
  }
  return std::nullopt;
}

Result<Validator> make_date(std::string_view arguments) {
  const auto parsed = Arguments::parse("date", arguments, {"from", "to"});
  if (!parsed) {
    return fail(parsed.error());
  }
  const int from = parsed->get("from", 0);
  const int to = parsed->get("to", 9999);
  if (from > to) {
    return fail(bad_argument("date", "'from' is later than 'to'"));
  }
  return Validator([from, to](std::string_view value) {
    const auto year = year_of(value);
    return valid_date(value) && (!year || (*year >= from && *year <= to));
  });
}

}  // namespace

Result<Validator> make_validator(std::string_view text) {
  const std::string_view name = text.substr(0, text.find(':'));
  const bool has_arguments = name.size() < text.size();
  constexpr std::array kMakers{std::pair{"mod10", &make_mod10}, std::pair{"mod11", &make_mod11},
                               std::pair{"mod26", &make_mod26}, std::pair{"date", &make_date}};
  for (const auto& [known, make] : kMakers) {
    if (known == name && (has_arguments || name != "date")) {
      return make(has_arguments ? text.substr(name.size() + 1) : std::string_view());
    }
  }
  if (!has_arguments) {
    for (const auto& [known, validator] : kValidators) {
      if (known == name) {
        return Validator(validator);
      }
    }
  }
  const auto near = nearest_name(name, validator_names());
  return fail(
      configuration_fault("policy.validator", "unknown validator '" + std::string(text) + "'" +
                                                  (near ? "; did you mean '" + *near + "'?" : "")));
}

Validator code_validator(const std::vector<std::string>& codes) {
  auto known = std::make_shared<std::unordered_set<std::string>>();
  for (const std::string& code : codes) {
    known->insert(capitals_of(code));
  }
  return [known](std::string_view value) { return known->contains(capitals_of(value)); };
}

std::vector<std::string> validator_names() {
  std::vector<std::string> out;
  for (const auto& [name, validator] : kValidators) {
    out.emplace_back(name);
  }
  return out;
}

}  // namespace phimilter::policy
