// SPDX-License-Identifier: Apache-2.0
//
// What a pattern cannot say about a number: check digits, ranges that were never given out,
// documented dummies. Each takes the value as matched, separators included.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace phimilter::policy {

using Validator = bool (*)(std::string_view value);

bool valid_ssn(
    std::string_view value);  // SSA: areas, groups and serials that can exist; no known dummy
bool valid_npi(std::string_view value);   // CMS: Luhn over 80840 + number, first digit 1 or 2
bool valid_mbi(std::string_view value);   // CMS: 11 places, no S L O I B Z
bool valid_dea(std::string_view value);   // DEA registration: check digit
bool valid_card(std::string_view value);  // ISO/IEC 7812: 13-19 digits, Luhn, an issuer that exists
bool valid_nanp(std::string_view value);  // NANPA: area and exchange 2-9xx, no N11
bool valid_date(std::string_view value);  // a day that exists; years 1890-2100 or two digits
bool valid_vin(std::string_view value);   // 49 CFR 565: check digit in place 9
bool valid_aba(std::string_view value);   // ABA routing number: weights 3 7 1
bool valid_identifier(std::string_view value);  // 4 digits or more, and no date
bool valid_name(
    std::string_view value);  // two to five name words, none of them a word of forms or headings

bool valid_name_or_initial(
    std::string_view value);  // or one such word and an initial: "S. Parsons"

// nullptr: no such validator.
Validator find_validator(std::string_view name);
std::vector<std::string> validator_names();

}  // namespace phimilter::policy
