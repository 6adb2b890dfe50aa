// SPDX-License-Identifier: Apache-2.0
//
// The identifiers of 45 CFR 164.514(b)(2)(i), letter by letter, in running text: what the shipped
// pack must find, and the business look-alikes that it must leave alone. Photographs are told by
// the reader (opaque.image), names have a test of their own.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "policy/shipped_pack.h"

namespace phimilter::policy {
namespace {

using testing::Found;
using testing::found_in;

constexpr int kEvidence = 45;  // what a rule may ask for at least

struct Text {
  std::string text;
  std::string_view value;
};

struct Case {
  std::string_view finding_class;
  std::vector<Text> found;
  std::vector<std::string> left_alone;
};

int confidence(const std::string& text, std::string_view finding_class, std::string_view value) {
  int best = 0;
  for (const Found& one : found_in(text)) {
    if (one.finding_class == finding_class && (value.empty() || one.text == value)) {
      best = std::max(best, one.confidence);
    }
  }
  return best;
}

void expect(const std::vector<Case>& cases) {
  for (const Case& c : cases) {
    EXPECT_GE(c.found.size(), 5U) << c.finding_class;
    EXPECT_GE(c.left_alone.size(), 5U) << c.finding_class;
    for (const Text& text : c.found) {
      EXPECT_GE(confidence(text.text, c.finding_class, text.value), kEvidence)
          << c.finding_class << ": " << text.text;
    }
    for (const std::string& text : c.left_alone) {
      EXPECT_LT(confidence(text, c.finding_class, ""), kEvidence)
          << c.finding_class << ": " << text;
    }
  }
}

TEST(Identifiers, OfPlacesDaysAndAges) {
  expect({
      {"id.address",
       {{"She lives at 18 Alder Ct and needs a ride.", "18 Alder Ct"},
        {"he lives at 18 alder court, upstairs", "18 alder court"},
        {"Send it to 1400 West Harrison Street, Unit 12.", "1400 West Harrison Street, Unit 12"},
        {"Her mother moved from Dubuque, IA 52001 last year.", "Dubuque, IA 52001"},
        {"We mailed it to P.O. Box 4412 as the family asked.", "P.O. Box 4412"},
        {"Vive en Calle Sol 114 con su hija.", "Calle Sol 114"},
        {"Home address: County Road 12", "County Road 12"}},
       {"18 Alder printers were installed.", "14 days, 3 drives and 2 courts",
        "The county road is closed until May.", "PO 4412 was approved.",
        "Please write to P.O. Box 4412 for a catalogue.", "She lives in 2 worlds, work and home.",
        "calle ocho festival", "mailbox 4412"}},
      {"id.date",
       {{"She was admitted on March 3 with a fever.", "March 3"},
        {"Discharged 3/14, home with her son.", "3/14"},
        {"Date of service 03/02/2026", "03/02/2026"},
        {"He passed away February 2nd at home.", "February 2nd"},
        {"DOS: 3/2/26", "3/2/26"},
        {"Fue ingresada el 3 de marzo.", "3 de marzo"},
        {"Her surgery is set for April 9th.", "April 9th"},
        {"Pt expired on 12 January 2026 at 4:10", "12 January 2026"}},
       {"The meeting is on March 3.", "Invoice of 3/14/26 attached.",
        "We admitted 4/5 patients to the trial.", "Your licence expired 3/14.",
        "The parcel was delivered on March 3.", "The surgery center opens at 9.",
        "Discharged 13/32"}},
      {"id.age",
       {{"a 94-year-old woman with a fall", "94-year-old"},
        {"94 yo M, confused", "94 yo"},
        {"she is 101 years old now", "101 years old"},
        {"Age: 97", "97"},
        {"He turned 93 last week.", "93"},
        {"una mujer de 95 anos", "95 anos"},
        {"pt is 92 y/o", "92 y/o"}},
       {"90 years of experience", "We are a 100-year-old company.", "a 94-year-old building",
        "for people aged 18 to 99", "the 58-year-old driver", "The valve was turned 90 degrees.",
        "Our firm turned 100 years old.", "age 89", "an 830-year-old oak"}},
  });
}

TEST(Identifiers, OfWaysToReachSomebody) {
  expect({
      {"id.phone",
       {{"Reach her at (312) 867-5309 after five.", "(312) 867-5309"},
        {"mom's cell is 312.867.5309", "312.867.5309"},
        {"call 3128675309", "3128675309"},
        {"+1 312 867 5309", "+1 312 867 5309"},
        {"telefono 312/867-5309", "312/867-5309"},
        {"312-867-5309 (daughter)", "312-867-5309"}},
       {"call 911-736-5000", "order 3128675309", "call ticket 3128675309", "item 112-867-5309",
        "We expect to reach 1,000,000 people.", "ISBN 978-0-306-40615-7", "version 312.867"}},
      {"id.fax",
       {{"fax (312) 867-5309", "(312) 867-5309"},
        {"It was faxed to 312-867-5309 at noon.", "312-867-5309"},
        {"facsimile no. 312.867.5309", "312.867.5309"},
        {"(312) 867-5309 (fax)", "(312) 867-5309"},
        {"Fax: 3128675309", "3128675309"}},
       {"The fax machine printed 8 pages.", "fax your order today", "Phone: (312) 867-5309",
        "fax cover 12345", "fax 12 of them"}},
      {"id.email",
       {{"jane.roe42@home.example", "jane.roe42@home.example"},
        {"Write to J.ROE@mail.home.example, please", "J.ROE@mail.home.example"},
        {"email: a_b+c@home.example", "a_b+c@home.example"},
        {"<t.reilly@home.example>", "t.reilly@home.example"},
        {"her address is mia-k@home.example.", "mia-k@home.example"}},
       {"meet @ noon", "user@localhost", "3 apples @ $2.50", "@clinic on social media", "a@b",
        "npm i @types/node"}},
      {"id.url",
       {{"https://portal.clinic.example/results?visitId=4471902&view=lab", ""},
        {"http://x.example/patients/88120931/summary", "88120931"},
        {"https://ehr.example/person/77-1024-9", "77-1024-9"},
        {"see https://rx.example/view;visit=20260388", "20260388"},
        {"https://a.example/api/members/300482913.", "300482913"}},
       {"https://shop.example/orders/8812093", "https://news.example/2026/03/14/health",
        "https://www.example.com/results?page=2", "https://clinic.example/patients/forms",
        "https://x.example/?utm_campaign=members-2026", "patients/88120931 in the path"}},
      {"id.ip",
       {{"She logged in from 203.0.113.44 twice.", "203.0.113.44"},
        {"IP address 198.51.100.23", "198.51.100.23"},
        {"the session came from 192.0.2.19", "192.0.2.19"},
        {"visitor: 198.51.100.7", "198.51.100.7"},
        {"accessed the chart at 203.0.113.9", "203.0.113.9"}},
       {"version 1.2.3.4 is out", "firmware 10.20.30.40", "ip 127.0.0.1",
        "section 4.3.2.1 of the standard", "login failed 300.1.2.3", "client version 8.4.12.1"}},
  });
}

TEST(Identifiers, OfTheStateAndTheHealthPlan) {
  expect({
      {"id.ssn",
       {{"her social is 536 22 8726", "536 22 8726"},
        {"SSN# 536.22.8726", "536.22.8726"},
        {"536-22-8726", "536-22-8726"},
        {"soc sec no 536228726", "536228726"},
        {"social security 5 3 6 - 2 2 - 8 7 2 6", "5 3 6 - 2 2 - 8 7 2 6"},
        {"ITIN 912-70-1234 is on the form", "912-70-1234"}},
       {"Order 536-22-8726 ships Monday.", "Invoice #: 536-22-8726", "part no. 772-10-4321",
        "SSN 078-05-1120 is the specimen.", "ticket 912-70-1234 was closed",
        "tracking 536228726 delivered", "PO 536 22 8726", "000-12-3456", "52001-4412"}},
      {"id.ssn_part",
       {{"ssn ending in 8726", "8726"},
        {"last 4 of her SSN: 8726", "8726"},
        {"last four of social: 8726", "8726"},
        {"SSN: xxx-xx-8726", "8726"},
        {"social security number ***-**-8726", "8726"}},
       {"the last four digits of the order: 8726", "a social event ending in 2026",
        "the last 4 weeks: 2020", "card ending in 8726", "SSN: xxx-xx-xxxx"}},
      {"id.mbi",
       {{"Medicare 2RD0-MT7-NM32", "2RD0-MT7-NM32"},
        {"2RD0MT7NM32", "2RD0MT7NM32"},
        {"HICN 536-22-8726A", "536-22-8726A"},
        {"Medicare claim number 536228726B1", "536228726B1"},
        {"railroad Medicare MA123456", "MA123456"}},
       {"The card 1EG4-TE5-MK73 is the specimen.", "activation key 2RD0-MT7-NM32",
        "Medicare Part A 100000 claims processed", "HIC 12", "serial number 2RD0MT7NM32",
        "Medicare 2SD0-MT7-NM32"}},
      {"id.member",
       {{"subscriber id is XYZ123456789", "XYZ123456789"},
        {"member 88412093311 has no coverage", "88412093311"},
        {"her Medicaid is AB12345C", "AB12345C"},
        {"Blue Cross ID XEA998877665", "XEA998877665"},
        {"Policy number: 9912 33 4471", "9912 33 4471"}},
       {"gym member 8841209331 has a towel", "member since 2019",
        "Medicare Advantage rates of 2026 rise by 5%", "United 8841 to Denver",
        "the Aetna claim line is 8005551234", "insured value 25000 dollars"}},
      {"id.plan",
       {{"RxBIN 610014 PCN MEDDADV", "610014"},
        {"BIN: 004336 PCN: ADV", "004336"},
        {"BIN: 004336 PCN: ADV", "ADV"},
        {"pharmacy card, bin 610502", "610502"},
        {"Rx Bin # 015581 RxGrp HMP01", "015581"}},
       {"bin 123456 in aisle 4 holds gloves", "trash bin: 610014", "PCN is a control network",
        "/usr/bin 755", "PCN 4412 for the pump station"}},
      {"id.licence",
       {{"driver's license S530-4209-8012", "S530-4209-8012"},
        {"DL D1234567 (CA)", "D1234567"},
        {"drivers lic. no. 123 456 789", "123 456 789"},
        {"passport C01234567", "C01234567"},
        {"his passport number is 512345678", "512345678"},
        {"alien number A 087 654 321", ""}},
       {"LDL 130 mg/dl 1234567", "CDL class A openings 2026", "passport to wellness 2026",
        "software license 8812-3344-5566", "printer driver 12345", "the alien invasion of 1978"}},
  });
}

TEST(Identifiers, OfRecordsAndAccounts) {
  expect({
      {"id.mrn",
       {{"chart # 00482913", "00482913"},
        {"his medical record number, which is 00482913, is wrong", "00482913"},
        {"(mrn00482913)", "00482913"},
        {"hospital number is H00482913", "H00482913"},
        {"med rec 48-29-13", "48-29-13"},
        {"patient ID of A-44719", "A-44719"}},
       {"MRN 26DE586600123456K7 was released by customs.",
        "MRN is the abbreviation for medical record number.", "chart 3 on page 12 shows sales",
        "unit no. 4 is for rent", "a record number of visitors: 12", "MRN: ________"}},
      {"id.account",
       {{"account 4471-2210", "4471-2210"},
        {"acct ending in 4471", "4471"},
        {"card 4532 0151 1283 0366 exp 04/28", "4532 0151 1283 0366"},
        {"IBAN DE89 3704 0044 0532 0130 00", "DE89 3704 0044 0532 0130 00"},
        {"checking account number 000123456789", "000123456789"}},
       {"4532 0151 1283 0367", "test card 4111 1111 1111 1111", "an account of 2026 events",
        "IBAN GB82 WEST 1234 5698 7654 33", "the account executive of 4 regions",
        "GPS 41.8781136, -87.6297982", "a routing table of 10 entries"}},
      {"id.case",
       {{"CSN 300482913", "300482913"},
        {"accession 26-0048213", "26-0048213"},
        {"prescription 7712345 is ready", "7712345"},
        {"study subject 012-0043 had a rash", "012-0043"},
        {"participant ID P-10442", "P-10442"},
        {"prior auth 00482913 was denied", "00482913"},
        {"the imaging order 88213412 is missing", "88213412"}},
       {"we order 88213412 screws", "encounter 2026 conference", "specimen cups 500",
        "Subject 2026 budget", "prescription drug costs rose 12%", "a case 4 of water bottles",
        "tracking 1Z999AA10123456784"}},
  });
}

TEST(Identifiers, OfVehiclesDevicesAndBodies) {
  expect({
      {"id.vehicle",
       {{"VIN 1M8GDM9AXKP042788", "1M8GDM9AXKP042788"},
        {"the car, 5GZCZ43D13S812715, vin checked", ""},
        {"came in a car with plate 7ABC123", "7ABC123"},
        {"license plate number ABC-1234", "ABC-1234"},
        {"tag # JKL 4821 on the van", "JKL 4821"}},
       {"hash 1M8GDM9AYKP042788", "base32 JBSWY3DPEHPK3PXP4", "a plate with 12 screws",
        "dinner plates 250 guests", "the license plate frame", "sha 9f86d081884c7d659",
        "plate LCP 350 with locking screws"}},
      {"id.device",
       {{"pacemaker serial PJN482913H", "PJN482913H"},
        {"insulin pump s/n 4471-99201", "4471-99201"},
        {"UDI (01)00643169007222(17)270131(21)X9481", ""},
        {"hip implant lot 88213A", "88213A"},
        {"cochlear implant, serial number 1023-88812", "1023-88812"},
        {"stent +A123BJC5D6E71G", "+A123BJC5D6E71G"}},
       {"laptop serial number C02XL123JG5H", "printer s/n 4471-99201",
        "serial no. 12345 of the forklift", "(01)00643169007223(21)1234", "+12345678",
        "parking lot 2210", "lot 8812 of the auction"}},
      {"id.biometric",
       {{"the fingerprint template of the donor", "fingerprint template"},
        {"retina_scan_0412.wsq", "retina_scan_0412.wsq"},
        {"a voiceprint recording of the caller", "voiceprint recording"},
        {"iris template on file", "iris template"},
        {"voiceprint ID: VP-209311", "VP-209311"}},
       {"unlock your phone with your fingerprint", "fingerprint background checks for staff",
        "the iris blooms in May", "a voice recording of the meeting", "face the recording studio",
        "template.docx"}},
      {"id.photo",
       {{"photo of the patient attached", ""},
        {"a picture of her wound", ""},
        {"see the photo of our patient's face", ""},
        {"a video showing the patient is enclosed", ""},
        {"selfie from the patient attached", ""}},
       {"photo of the team", "pictures from the picnic", "photo booth rental",
        "video of the conference", "a photograph of the building"}},
  });
}

}  // namespace
}  // namespace phimilter::policy
