// SPDX-License-Identifier: Apache-2.0
#include "policy/validators.h"

#include <gtest/gtest.h>

#include <algorithm>
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
      // serial 0000 are not given out. Dummies: the Woolworth wallet card, the SSA pamphlet, an
      // advertisement, what people type, and the range that SSA keeps for advertisements.
      {"ssn",
       {"536-22-8726", "536 22 8726", "001-01-0001", "665-99-9999", "899-50-1234", "772.10.4321",
        "219-09-9998", "078-05-1121"},
       {"000-12-3456", "666-12-3456", "900-12-3456", "999-12-3456", "536-00-8726", "536-22-0000",
        "078-05-1120", "219-09-9999", "457-55-5462", "123-45-6789", "111-11-1111", "987-65-4320",
        "987-65-4329", "53622872", "5362287261", ""}},
      // IRS, "Individual Taxpayer Identification Number": first 9, groups 50-65, 70-88, 90-92 and
      // 94-99; 93 is for adoptions (ATIN).
      {"itin",
       {"900-70-1234", "912-50-0001", "999-88-4321", "912 92 1234", "912-94-1234", "987-65-1234"},
       {"899-70-1234", "912-49-1234", "912-66-1234", "912-69-1234", "912-89-1234", "912-93-1234",
        "987-65-4320", "987-65-4329", "912-70-123", "536-22-8726"}},
      {"taxpayer", {"536-22-8726", "900-70-1234"}, {"912-93-1234", "078-05-1120"}},
      // CMS, "Understanding the MBI format"; 1EG4-TE5-MK73 and MK72 are the specimen cards.
      {"mbi",
       {"2RD0-MT7-NM32", "1AA0A00AA00", "9yy9-y99-yy99", "1EG4-TE6-MK73"},
       {"1EG4-TE5-MK73", "1EG4TE5MK73", "1EG4-TE5-MK72", "0RD0-MT7-NM32", "2SD0-MT7-NM32",
        "2RD0-MT7-NO32", "2RD0-MT7-NMA2", "2RD0-MT7-NM3", "ERD0-MT7-NM32", "2R0D-MT7-NM32"}},
      // CMS, "Beneficiary identification codes"; Railroad Retirement Board prefixes stand in front.
      {"hicn",
       {"536-22-8726-A", "536228726B1", "536228726D", "536228726HC", "A-123456", "WCA 536228726",
        "MA123456"},
       {"000-12-3456-A", "123-45-6789-A", "536228726", "536228726Z", "536228726A12", "53622872A",
        "XY123456", "A12345", "WA000123456", "A"}},
      // CMS, "NPI check digit": 1234567893 is the worked example; 1993999998.
      {"npi",
       {"1234567893", "1245319599", "1497758544", "1993999998"},
       {"1234567890", "3234567893", "123456789", "12345678931"}},
      // DEA, the examples in common use for the check digit.
      {"dea",
       {"F91234563", "BB1388568", "AP5836727", "AB1234563"},
       {"F91234564", "IB1388568", "B11388568", "BB138856", "BB138856A"}},
      // ISO/IEC 7812 by Luhn, made by hand; refused are payment processors' test numbers.
      {"card",
       {"4532 0151 1283 0366", "5454545454545454", "345678901234564", "6011-9801-2345-6789",
        "36301234567899", "3530111333300018", "2223003122003222", "4000001234567899"},
       {"4532 0151 1283 0367", "4111 1111 1111 1111", "4242424242424242", "4012888888881881",
        "5555555555554444", "5105105105105100", "378282246310005", "371449635398431",
        "6011-1111-1111-1117", "30569309025904", "3530111333300000", "1111111111111117",
        "0000000000000000", "411111111111", "1234567812345670"}},
      // NANPA: N[02-9]X-NXX-XXXX, no N11. 555-01xx is fictional and accepted: see the header.
      {"nanp",
       {"(212) 736-5000", "+1 415 555 2671", "202.456.1111", "12127365000", "617-555-0173"},
       {"112-736-5000", "212-136-5000", "911-736-5000", "212-411-5000", "736-5000", "22127365000"}},
      {"date",
       {"02/29/2024", "2/3/57", "1957-02-11", "20260131", "Jan 2, 1961", "31 March 1999",
        "12 de marzo de 1961", "13/01/1970", "23-Jun-1968"},
       {"02/30/2024", "13/13/2020", "2023-02-29", "1/2", "00/10/2020", "Jan 32, 1961", "12345678",
        "1.2.3.4"}},
      {"day",
       {"March 3rd", "3 de marzo", "3/14", "14/3", "Feb 29", "2/3/57", "1957-02-11", "Jan 2, 1961"},
       {"March 32", "13/13", "2/30", "Feb 30", "March", "3", "02/30/2024", "0/4"}},
      {"ipv4",
       {"10.20.30.40", "192.168.1.20", "255.255.255.0", "8.8.8.8"},
       {"256.1.1.1", "1.2.3", "1.2.3.4.5", "127.0.0.1", "0.0.0.0", "255.255.255.255", "1.2.3.04x"}},
      // RFC 4291 2.2 and RFC 5952.
      {"ipv6",
       {"2001:DB8:0:0:8:800:200C:417A", "2001:db8::1", "FF01::101", "::FFFF:129.144.52.38"},
       {"::1", "::", "2001:db8:::1", "2001:db8", "12345::1", "1:2:3:4:5:6:7:8:9"}},
      {"ip", {"10.20.30.40", "2001:db8::1"}, {"10.20.30", "fe80"}},
      // 1M8GDM9AXKP042788: the worked example of 49 CFR 565; all ones is the trivial one.
      {"vin",
       {"1M8GDM9AXKP042788", "5GZCZ43D13S812715", "1HGCM82633A004352"},
       {"1M8GDM9AYKP042788", "1M8GDM9AXKP04278", "IM8GDM9AXKP042788", "5GZCZ43D23S812715",
        "11111111111111111", "1HGCM82633A00435A"}},
      // Published routing numbers of US banks; 13 and 50 are no districts.
      {"aba",
       {"021000021", "111000025", "122105155", "011401533", "322271627"},
       {"021000022", "000000000", "02100002", "123456789", "131000010", "500000005"}},
      // ISO 13616 and ECBS examples.
      {"iban",
       {"GB82 WEST 1234 5698 7654 32", "DE89370400440532013000", "FR1420041010050500013M02606",
        "NO9386011117947", "CH9300762011623852957"},
       {"GB82 WEST 1234 5698 7654 33", "GB82WEST1234569876543", "DE8937040044053201300",
        "XX82WEST12345698765432", "DE8A370400440532013000"}},
      // GS1 General Specifications, and devices in AccessGUDID.
      {"gtin",
       {"00643169007222", "10614141000415", "4006381333931", "036000291452", "96385074"},
       {"00643169007223", "4006381333932", "0643169007", "00000000"}},
      // 21 CFR 830: the examples of FDA's "UDI formats by FDA-accredited issuing agency" (GS1) and
      // of
      // ANSI/HIBC 2.6.
      {"udi",
       {"(01)51022222233336(11)141231(17)150707(10)A213B1(21)1234", "(01)00643169007222(21)X9",
        "(01) 10614141000415 (17) 270131", "+A123BJC5D6E71G"},
       {"(01)51022222233337(11)141231", "(01)51022222233336(11)1412", "(01)51022222233336(21)",
        "(01)51022222233336(21", "(02)51022222233336", "+A123BJC5D6E71H", "+1123BJC5D6E71G",
        "51022222233336", ""}},
      // 21 CFR 207.33 and, with 11 digits, HIPAA's form.
      {"ndc",
       {"0002-7597-01", "50242-040-62", "60575-4112-1", "00002-7597-01"},
       {"0002-7597", "0002-7597-1", "00027597-01", "0000-7597-01", "0002-759A-01", "123-45-6789",
        "50242-040-6-2"}},
      // Luhn's own patent example has 7992739871 and 3.
      {"mod10", {"79927398713", "MH-79927398713"}, {"79927398714", "713", "0000000"}},
      {"mod10:digits=11", {"79927398713"}, {"18", "0079927398713"}},
      // ISBN-10 (ISO 2108) and the NHS number have these weights.
      {"mod11:digits=10",
       {"0-306-40615-2", "0-8044-2957-X", "943 476 5919", "9876543210"},
       {"0-306-40615-3", "0-8044-2957-1", "943476591", "94347659190"}},
      // 1234567: 7*2 + 6*3 + 5*4 + 4*5 + 3*6 + 2*7 + 1*2 = 106, 106 + 4 = 110.
      {"mod11:digits=8,highest=7", {"12345674"}, {"12345675", "1234567"}},
      // 1234567 = 26 * 47483 + 9, and the tenth letter is J.
      {"mod26:digits=7",
       {"MH-1234567J", "mh1234567j", "MH-0000000A", "0000025Z"},
       {"MH-1234567B", "MH-123456J", "MH-1234567", "1234567J8"}},
      {"date:from=1900,to=2026",
       {"02/11/1957", "2/3/57", "20260131", "Jan 2, 1900"},
       {"02/11/1899", "01/01/2027", "20270131", "02/30/1957"}},
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
    const auto validator = make_validator(row.validator);
    ASSERT_TRUE(validator.has_value()) << row.validator;
    for (const std::string_view value : row.valid) {
      EXPECT_TRUE((*validator)(value)) << row.validator << " " << value;
    }
    for (const std::string_view value : row.invalid) {
      EXPECT_FALSE((*validator)(value)) << row.validator << " " << value;
    }
  }
}

TEST(Validators, EveryOneIsTested) {
  for (const std::string& name : validator_names()) {
    EXPECT_TRUE(std::any_of(cases().begin(), cases().end(), [&](const Case& row) {
      return row.validator == name;
    })) << name;
  }
}

TEST(Validators, RefuseWhatHasNoNumber) {
  for (const Case& row : cases()) {
    const auto validator = make_validator(row.validator);
    ASSERT_TRUE(validator.has_value());
    for (const std::string& value :
         {std::string(), std::string("+"), std::string("X"), std::string("(01)"),
          std::string(100'000, '-'), std::string(5000, '('), std::string(1, '\0')}) {
      EXPECT_FALSE((*validator)(value)) << row.validator << " " << value.size();
    }
  }
}

TEST(Validators, WrongNamesAndArgumentsAreSaid) {
  struct Wrong {
    std::string_view text;
    std::string_view complaint;
  };
  const Wrong wrong[] = {
      {"ssnn", "did you mean 'ssn'?"},
      {"", "unknown validator"},
      {"ssn:digits=9", "unknown validator 'ssn:digits=9'"},
      {"mod10:length=7", "there is no argument 'length'"},
      {"mod10:digits=", "'digits' must be given once, as a number"},
      {"mod10:digits=x", "'digits' must be given once, as a number"},
      {"mod10:digits=99999", "'digits' must be given once, as a number"},
      {"mod10:digits=7,digits=8", "'digits' must be given once"},
      {"mod11:highest=1", "highest weight"},
      {"date:from=2020,to=1900", "'from' is later than 'to'"},
  };
  for (const Wrong& row : wrong) {
    const auto validator = make_validator(row.text);
    ASSERT_FALSE(validator.has_value()) << row.text;
    EXPECT_NE(validator.error().text.find(row.complaint), std::string::npos)
        << validator.error().text;
  }
}

TEST(Validators, CodesAreComparedByLettersAndDigits) {
  const Validator codes = code_validator({"E11.9", "i10", "J45.909"});
  for (const char* value : {"E11.9", "E119", "e11.9", "I10", "J45-909"}) {
    EXPECT_TRUE(codes(value)) << value;
  }
  for (const char* value : {"E11", "E11.90", "", "."}) {
    EXPECT_FALSE(codes(value)) << value;
  }
}

}  // namespace
}  // namespace phimilter::policy
