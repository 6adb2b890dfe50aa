// SPDX-License-Identifier: Apache-2.0
#include "policy/validators.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace phimilter::policy {
namespace {

struct Case {
  std::string_view validator;
  std::vector<std::string_view> valid;
  std::vector<std::string_view> invalid;
};

const std::vector<Case>& cases() {
  static const std::vector<Case> kCases{
      // SSA, "Social Security Number Randomization": areas 000, 666 and 900-999, group 00 and
      // serial 0000 are not
      // given out. 078-05-1120: the Woolworth wallet card; 219-09-9999: the SSA pamphlet;
      // 457-55-5462: an
      // advertisement.
      {"ssn",
       {"536-22-8726", "536 22 8726", "001-01-0001", "665-99-9999", "899-50-1234", "772.10.4321"},
       {"000-12-3456", "666-12-3456", "900-12-3456", "987-65-4321", "536-00-8726", "536-22-0000",
        "078-05-1120", "219-09-9999", "457-55-5462", "123-45-6789", "111-11-1111", "53622872",
        "5362287261"}},
      // CMS, "Requirements for NPI": 1234567893 is the worked example.
      {"npi",
       {"1234567893", "1245319599", "1497758544"},
       {"1234567890", "3234567893", "123456789", "12345678931"}},
      // CMS, "Understanding the MBI format": 1EG4-TE5-MK73 is the specimen card.
      {"mbi",
       {"1EG4-TE5-MK73", "1EG4TE5MK73", "1eg4-te5-mk73"},
       {"0EG4-TE5-MK73", "1SG4-TE5-MK73", "1EG4-TE5-MO73", "1EG4-TE5-MKA3", "1EG4-TE5-MK7",
        "EEG4-TE5-MK73"}},
      // DEA registration number, the examples in common use for its check digit.
      {"dea",
       {"F91234563", "BB1388568", "AP5836727"},
       {"F91234564", "IB1388568", "B11388568", "BB138856"}},
      // Payment processors' test numbers.
      {"card",
       {"4111 1111 1111 1111", "5555555555554444", "378282246310005", "6011-1111-1111-1117",
        "30569309025904", "3530111333300000"},
       {"4111 1111 1111 1112", "1111111111111117", "0000000000000000", "411111111111"}},
      // NANPA: N[02-9]X-NXX-XXXX, no N11.
      {"nanp",
       {"(212) 736-5000", "+1 415 555 2671", "202.456.1111", "12127365000", "617-555-0173"},
       {"112-736-5000", "212-136-5000", "911-736-5000", "212-411-5000", "736-5000"}},
      {"date",
       {"02/29/2024", "2/3/57", "1957-02-11", "20260131", "Jan 2, 1961", "31 March 1999",
        "12 de marzo de 1961", "13/01/1970", "23-Jun-1968"},
       {"02/30/2024", "13/13/2020", "2023-02-29", "1/2", "00/10/2020", "Jan 32, 1961", "12345678",
        "1.2.3.4"}},
      // 1M8GDM9AXKP042788: the worked example of 49 CFR 565; all ones is the well-known trivial
      // one.
      {"vin",
       {"1M8GDM9AXKP042788", "11111111111111111", "5GZCZ43D13S812715"},
       {"1M8GDM9AYKP042788", "1M8GDM9AXKP04278", "IM8GDM9AXKP042788", "5GZCZ43D23S812715"}},
      // Published routing numbers of US banks.
      {"aba", {"021000021", "111000025", "122105155"}, {"021000022", "000000000", "02100002"}},
      {"identifier",
       {"00482913", "C31882454", "254-64-16"},
       {"ABC", "A-12", "01/02/2026", "2026-01-02"}},
      {"name",
       {"Maria Gonzalez", "DOE, JANET Q", "Anne-Marie O'Brien", "Maria de la Cruz"},
       {"Maria", "Patient Portal", "Medical Records", "Date Of", "XXXX DOB", ""}},
      {"name_or_initial",
       {"S. Parsons", "Nugent C", "Louise Abbott"},
       {"Medical Records", "Portal"}},
  };
  return kCases;
}

TEST(Validators, AcceptWhatExistsAndRefuseWhatCannot) {
  for (const Case& row : cases()) {
    const Validator validator = find_validator(row.validator);
    ASSERT_NE(validator, nullptr) << row.validator;
    for (const std::string_view value : row.valid) {
      EXPECT_TRUE(validator(value)) << row.validator << " " << value;
    }
    for (const std::string_view value : row.invalid) {
      EXPECT_FALSE(validator(value)) << row.validator << " " << value;
    }
  }
}

TEST(Validators, EveryOneIsTested) {
  EXPECT_EQ(validator_names().size(), cases().size());
  EXPECT_EQ(find_validator("nosuch"), nullptr);
}

}  // namespace
}  // namespace phimilter::policy
