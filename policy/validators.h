// SPDX-License-Identifier: Apache-2.0
//
// What a pattern cannot say about a number: check digits, ranges that were never given out,
// documented dummies (numbers that were printed on specimens, in advertisements and in testing
// guides: they are nobody's). Each takes the value as matched, separators included.
//
// Telephone numbers 555-01xx are fictional and accepted all the same: beside a telephone number
// there must always be something else, and people write them into mail about real patients.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace phimilter::policy {

using Validator = std::function<bool(std::string_view value)>;

// Persons
bool valid_ssn(std::string_view value);   // SSA: areas, groups, serials that can exist; no dummy
bool valid_itin(std::string_view value);  // IRS: 9xx, groups 50-65, 70-88, 90-92, 94-99
bool valid_taxpayer(std::string_view value);  // either of them
bool valid_mbi(std::string_view value);       // CMS: 11 places, no S L O I B Z; no specimen
bool valid_hicn(std::string_view value);      // CMS, until 2019: SSN and letters, or letters and 6
                                              // or 9 digits of the Railroad Retirement Board
bool valid_identifier(std::string_view value);  // 4 digits or more, and no date
bool valid_name(std::string_view value);  // two to five name words, none of them a word of forms or
                                          // headings
bool valid_name_or_initial(
    std::string_view value);  // or one such word and an initial: "S. Parsons"

// Providers
bool valid_npi(std::string_view value);  // CMS: Luhn over 80840 + number, first digit 1 or 2
bool valid_dea(std::string_view value);  // DEA registration: check digit

// Days and places
bool valid_date(std::string_view value);  // a day that exists; years 1890-2100 or two digits
bool valid_day(std::string_view value);   // or one without a year: "March 3rd", "3/14"
bool valid_nanp(std::string_view value);  // NANPA: area and exchange 2-9xx, no N11
bool valid_ipv4(std::string_view value);  // dotted; not loopback, unspecified or broadcast
bool valid_ipv6(std::string_view value);  // RFC 4291 2.2; not loopback or unspecified
bool valid_ip(std::string_view value);    // either of them

// Money
bool valid_card(std::string_view value);  // ISO/IEC 7812: 13-19 digits, Luhn, an issuer that
                                          // exists; no test number
bool valid_aba(std::string_view value);   // ABA routing number: weights 3 7 1, a district
bool valid_iban(std::string_view value);  // ISO 13616: length of the country, MOD 97-10

// Things
bool valid_vin(std::string_view value);   // 49 CFR 565: check digit in place 9, four digits behind
bool valid_gtin(std::string_view value);  // GS1: 8, 12, 13 or 14 digits
bool valid_udi(std::string_view value);   // 21 CFR 830: GS1 "(01)...(21)..." or HIBC "+..."
bool valid_ndc(std::string_view value);   // 21 CFR 207: 4-4-2, 5-3-2, 5-4-1, and 5-4-2

// By name, and by name with arguments:
//   mod10:digits=N              N digits, the last by Luhn
//   mod11:digits=N,highest=H    N places, weights 2, 3 ... (to H and from 2 again), X is 10
//   mod26:digits=N              N digits and the letter of their remainder by 26 (A = 0)
//   date:from=YYYY,to=YYYY      a date of four-digit year in the range, or of two-digit year
// Letters, blanks and marks before the digits do not matter; without digits= any number of them
// from 4 on will do. Configuration fault: no such validator (with the nearest), wrong arguments.
Result<Validator> make_validator(std::string_view text);
// The value, letters and digits only, is one of the codes. "in:FILE" in policy files.
Validator code_validator(const std::vector<std::string>& codes);
std::vector<std::string> validator_names();  // those without arguments

}  // namespace phimilter::policy
