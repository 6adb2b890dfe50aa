// SPDX-License-Identifier: Apache-2.0
//
// Documents are written by hand after FHIR R4/R5 and C-CDA 2.1; nobody in them is real.
#include "extract/structured_reader.h"

#include <gtest/gtest.h>

#include <string>

#include "extract/record_labels.h"
#include "extract/recorded_reading.h"

namespace phimilter::extract {
namespace {

const std::string kBundle = R"({"resourceType":"Bundle","type":"collection","entry":[
 {"fullUrl":"urn:uuid:p1","resource":{"resourceType":"Patient","id":"p1",
  "identifier":[{"type":{"coding":[{"code":"MR"}]},"value":"0042117"},
                {"system":"http://hl7.org/fhir/sid/us-ssn","value":"365506539"}],
  "name":[{"family":"Doe","given":["Jane","Q"],"suffix":["Jr"]}],
  "telecom":[{"system":"phone","value":"6175550184"},{"system":"email","value":"j@home.example"}],
  "birthDate":"1957-02-11","deceasedDateTime":"2024-01-01T10:00:00Z",
  "address":[{"line":["12 Oak St","Apt 4"],"city":"Omaha","state":"NE","postalCode":"68117"}],
  "contact":[{"name":{"text":"Mark Doe"}}],
  "generalPractitioner":[{"reference":"Practitioner/9","display":"Dr. Marcus Welby"}]}},
 {"resource":{"resourceType":"Condition","subject":{"reference":"urn:uuid:p1"},
  "code":{"coding":[{"code":"E11.9","display":"Type 2 diabetes"}]}}},
 {"resource":{"resourceType":"Observation","subject":{"reference":"Patient/p1"},
  "code":{"text":"Glucose"},"valueQuantity":{"value":182.0,"unit":"mg\/dL"},
  "effectiveDateTime":"2024-01-04T08:00:00-06:00"}},
 {"resource":{"resourceType":"MedicationRequest","medicationCodeableConcept":{"text":"metformin 500 mg"},
  "dosageInstruction":[{"text":"Take twice daily"}],
  "requester":{"display":"Dr. Marcus Welby"}}},
 {"resource":{"resourceType":"AllergyIntolerance","code":{"text":"Penicillin"},
  "reaction":[{"manifestation":[{"text":"Hives"}]}]}},
 {"resource":{"resourceType":"Immunization","vaccineCode":{"text":"Influenza vaccine"}}},
 {"resource":{"resourceType":"Coverage","subscriberId":"XYZ998877","payor":[{"display":"Blue Plains"}],
  "class":[{"value":"GRP-5","name":"Gold PPO"}]}},
 {"resource":{"resourceType":"Claim","identifier":[{"value":"CLM-77"}],
  "item":[{"productOrService":{"coding":[{"code":"99213"}]},"net":{"value":70.5,"currency":"USD"}}],
  "diagnosis":[{"diagnosisCodeableConcept":{"coding":[{"code":"J45.20"}]}}]}},
 {"resource":{"resourceType":"Encounter","identifier":[{"value":"V-4471"}],
  "period":{"start":"2024-01-02T09:00:00Z","end":"2024-01-05T10:00:00Z"}}},
 {"resource":{"resourceType":"Appointment","start":"2024-02-01T09:00:00Z",
  "participant":[{"actor":{"reference":"Patient/p1","display":"Jane Doe"}}]}},
 {"resource":{"resourceType":"DiagnosticReport","code":{"text":"Chest X-ray"},"conclusion":"Clear lungs",
  "presentedForm":[{"contentType":"application/pdf",
   "data":"JVBERi0xLjQKMSAwIG9iago8PC9UeXBlL0NhdGFsb2c+PgplbmRvYmoKdHJhaWxlcjw8Pj4K"}]}}]})";

struct Case {
  const char* what;
  std::string_view label;
  std::string_view value;
};

TEST(StructuredJson, NamesTheElementsOfFhir) {
  const Case kCases[] = {
      {"identifier by type", label::kMedicalRecordNumber, "0042117"},
      {"identifier by system", label::kSocialSecurityNumber, "365-50-6539"},
      {"name", label::kPatientName, "Doe, Jane Q Jr"},
      {"phone", label::kPhone, "617-555-0184"},
      {"email", label::kEmail, "j@home.example"},
      {"birthDate", label::kBirthDate, "1957-02-11"},
      {"deceased", label::kDeathDate, "2024-01-01"},
      {"address", label::kAddress, "12 Oak St, Apt 4, Omaha, NE 68117"},
      {"contact", label::kRelativeName, "Mark Doe"},
      {"practitioner", label::kProvider, "Dr. Marcus Welby"},
      {"condition", label::kDiagnosis, "E11.9 Type 2 diabetes"},
      {"observation", label::kTest, "Glucose"},
      {"quantity", label::kResult, "182.0 mg/dL"},
      {"date", label::kServiceDate, "2024-01-04"},
      {"medication", label::kMedication, "metformin 500 mg"},
      {"dosage", label::kNote, "Take twice daily"},
      {"allergy", label::kAllergy, "Penicillin"},
      {"reaction", label::kAllergy, "Hives"},
      {"vaccine", label::kImmunization, "Influenza vaccine"},
      {"coverage", label::kMemberId, "XYZ998877"},
      {"payor", label::kInsurer, "Blue Plains"},
      {"group", label::kGroupNumber, "GRP-5"},
      {"claim", label::kClaimNumber, "CLM-77"},
      {"service", label::kProcedure, "99213"},
      {"net", label::kAmount, "70.5 USD"},
      {"claim's diagnosis", label::kDiagnosis, "J45.20"},
      {"visit", label::kVisitNumber, "V-4471"},
      {"admission", label::kAdmissionDate, "2024-01-02"},
      {"discharge", label::kDischargeDate, "2024-01-05"},
      {"appointment", label::kAppointment, "2024-02-01T09:00:00Z"},
      {"conclusion", label::kNote, "Clear lungs"},
  };
  const Document document = text_document(kBundle);
  ASSERT_TRUE(is_json(document));
  const RecordedReading read = reading_of(read_json, document);
  for (const Case& each : kCases) {
    EXPECT_TRUE(read.has(each.label, each.value)) << each.what << "\n" << read.said;
  }
  ASSERT_EQ(read.members.size(), 1U);
  EXPECT_TRUE(read.members[0].bytes.starts_with("%PDF-1.4"));
  EXPECT_EQ(read.said.find("\n\n"), read.said.size() - 2) << "one patient, one record";
}

TEST(StructuredJson, TellsWhomAResourceIsAbout) {
  const std::string lines =
      "{\"resourceType\":\"Patient\",\"id\":\"1\",\"name\":[{\"family\":\"Roe\",\"given\":[\"Ann\"]"
      "}]}\n"
      "{\"resourceType\":\"Patient\",\"id\":\"2\",\"name\":[{\"family\":\"Poe\",\"given\":[\"Bob\"]"
      "}]}\n"
      "{\"resourceType\":\"Condition\",\"code\":{\"text\":\"asthma\"},"
      "\"subject\":{\"reference\":\"Patient/2\"}}\n";
  EXPECT_EQ(reading_of(read_json, text_document(lines)).said,
            "Patient ID\t1\nPatient name\tRoe, Ann\n\nPatient ID\t2\nPatient name\tPoe, Bob\n\n"
            "Diagnosis\tasthma\nPatient ID\t2\nPatient name\tPoe, Bob\n\n");
}

TEST(StructuredJson, WritesOtherDocumentsByTheirKeys) {
  const struct {
    const char* what;
    const char* json;
    const char* lines;
  } kCases[] = {
      {"camel and snake case", R"({"patientName":"Jane","date_of_birth":"1957","MRN":7})",
       "patient name\tJane\ndate of birth\t1957\nmrn\t7\n\n"},
      {"what a bare key stands in", R"({"patient":{"name":"Jane","dob":"1957"}})",
       "patient name\tJane\ndob\t1957\n\n"},
      {"first and last name", R"({"patient":{"firstName":"Jane","lastName":"Doe"}})",
       "patient name\tDoe, Jane\npatient first name\tJane\npatient last name\tDoe\n\n"},
      {"objects of an array", R"([{"mrn":"1","dx":"asthma"},{"mrn":"2","dx":"flu"}])",
       "mrn\t1\ndx\tasthma\n\nmrn\t2\ndx\tflu\n\n\n"},
      {"values of an array", R"({"drugs":["metformin","lisinopril"]})",
       "drugs\tmetformin\ndrugs\tlisinopril\n\n"},
      {"named values", R"({"fields":{"label":"DOB","value":"1957"}})",
       "dob\t1957\nlabel\tDOB\nfields value\t1957\n\n"},
      {"escapes", R"({"name":"Jos\u00e9 \ud83d\ude00 \"J\"\n"})", "name\tJosé 😀 \"J\"\n\n"},
      {"nothing to say", R"({"a":null,"b":{},"c":[]})", "\n"},
      {"in a log line", "10:15 POST body={\"mrn\":\"7\"} ok", "mrn\t7\n\n"},
      {"quoted mail", "> {\n>   \"mrn\":\n> \"7\"\n> }\n", "mrn\t7\n\n"},
      {"cut off", "{\"mrn\":\"7\",\"dob\":\"19", "mrn\t7\ndob\t19\n\n"},
      {"comma at the end", "{\"mrn\":\"7\",}", "mrn\t7\n\n"},
      {"two documents", "{\"a1\":\"x\"}\n{\"b1\":\"y\"}\n", "a1\tx\n\nb1\ty\n\n"},
  };
  for (const auto& each : kCases) {
    const Document document = text_document(each.json);
    EXPECT_TRUE(is_json(document)) << each.what;
    EXPECT_EQ(reading_of(read_json, document).said, each.lines) << each.what;
  }
}

TEST(StructuredJson, ToldFromOtherText) {
  for (const char* text : {"", "{", "{}", "[1, 2, 3]", "[a link]", "{\"just a string\"}",
                           "if (a) { b(\"c\"); }", "{name}, hello"}) {
    EXPECT_FALSE(is_json(text_document(text))) << text;
  }
}

TEST(StructuredJson, SurvivesHostileDocuments) {
  const std::string open = "{\"a\":";
  std::string deep;
  for (int i = 0; i < 100'000; ++i) {
    deep += open;
  }
  std::string arrays = "{\"a\":" + std::string(100'000, '[');
  for (const std::string& text :
       {deep, arrays, std::string(100'000, '{'), "{\"a\":\"" + std::string(100'000, '\\'),
        std::string("{\"a\":\"\\u12"), std::string("{\"a\":\"\\ud800\\u0041\"}"),
        std::string("{\"a\":}"), std::string("{\"a\":\"b\"\"c\":1}")}) {
    reading_of(read_json, text_document(text));
  }
  const RecordedReading read = reading_of(read_json, text_document(deep));
  ASSERT_FALSE(read.reasons.empty());
  EXPECT_EQ(read.reasons[0].second, Opaque::limit);
}

const std::string kDocument = R"(<?xml version="1.0" encoding="UTF-8"?>
<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
 <title>Continuity of Care</title><effectiveTime value="20240105120000-0600"/>
 <recordTarget><patientRole>
  <id root="2.16.840.1.113883.19.5" extension="0042117"/>
  <id root="2.16.840.1.113883.4.1" extension="365-50-6539"/>
  <addr><streetAddressLine>12 Oak St</streetAddressLine><city>Omaha</city><state>NE</state>
   <postalCode>68117</postalCode></addr>
  <telecom value="tel:+1(617)555-0184"/><telecom value="mailto:jane@home.example"/>
  <patient><name><given>Jane</given><given>Q</given><family>Doe</family></name>
   <birthTime value="19570211"/>
   <guardian><guardianPerson><name><given>Mark</given><family>Doe</family></name></guardianPerson>
   </guardian></patient></patientRole></recordTarget>
 <author><assignedAuthor><assignedPerson><name><prefix>Dr</prefix><given>Marcus</given>
  <family>Welby</family></name></assignedPerson></assignedAuthor></author>
 <componentOf><encompassingEncounter><id extension="V-4471"/>
  <effectiveTime><low value="20240102"/><high value="20240105"/></effectiveTime>
  </encompassingEncounter></componentOf>
 <component><structuredBody>
  <component><section><code code="11450-4"/><title>Problems</title>
   <text><table><thead><tr><th>Problem</th><th>Since</th></tr></thead>
    <tbody><tr><td>Type 2 <content>diabetes</content></td><td>2019</td></tr></tbody></table></text>
   <entry><act><entryRelationship><observation><code code="55607006"/>
    <value xsi:type="CD" code="44054006" displayName="Diabetes mellitus type 2"/>
    </observation></entryRelationship></act></entry></section></component>
  <component><section><code code="30954-2"/><title>Results</title><text>Labs below.</text>
   <entry><organizer><component><observation><code code="2345-7" displayName="Glucose"/>
    <value xsi:type="PQ" value="182" unit="mg/dL"/></observation></component></organizer></entry>
   </section></component>
  <component><section><code code="10160-0"/><title>Medications</title>
   <text><list><item>metformin twice daily</item><item>rest</item></list></text>
   <entry><substanceAdministration><consumable><manufacturedProduct><manufacturedMaterial>
    <code code="860975" displayName="metformin 500 mg"/>
    </manufacturedMaterial></manufacturedProduct></consumable></substanceAdministration></entry>
   </section></component>
 </structuredBody></component>
</ClinicalDocument>)";

TEST(StructuredXml, NamesThePartsOfAClinicalDocument) {
  const Case kCases[] = {
      {"id", label::kMedicalRecordNumber, "0042117"},
      {"id by its root", label::kSocialSecurityNumber, "365-50-6539"},
      {"addr", label::kAddress, "12 Oak St, Omaha, NE 68117"},
      {"telecom", label::kPhone, "+1(617)555-0184"},
      {"mailto", label::kEmail, "jane@home.example"},
      {"name", label::kPatientName, "Doe, Jane Q"},
      {"birthTime", label::kBirthDate, "1957-02-11"},
      {"guardian", label::kRelativeName, "Doe, Mark"},
      {"author", label::kProvider, "Welby, Marcus"},
      {"encounter", label::kVisitNumber, "V-4471"},
      {"low", label::kAdmissionDate, "2024-01-02"},
      {"high", label::kDischargeDate, "2024-01-05"},
      {"problem", label::kDiagnosis, "44054006 Diabetes mellitus type 2"},
      {"test", label::kTest, "2345-7 Glucose"},
      {"result", label::kResult, "182 mg/dL"},
      {"drug", label::kMedication, "860975 metformin 500 mg"},
      {"narrative row", "Type 2 diabetes", "2019"},
  };
  for (const std::string& text : {kDocument, "Please import:\n\n" + kDocument + "\nThanks\n"}) {
    const Document document = text_document(text);
    ASSERT_TRUE(is_xml(document));
    const RecordedReading read = reading_of(read_xml, document);
    for (const Case& each : kCases) {
      EXPECT_TRUE(read.has(each.label, each.value)) << each.what << "\n" << read.said;
    }
    EXPECT_NE(read.said.find("\nMedications\nmetformin twice daily\nrest\n"), std::string::npos)
        << read.said;
  }
}

TEST(StructuredXml, ReadsFhir) {
  const std::string text =
      R"(<Patient xmlns="http://hl7.org/fhir"><id value="p1"/><identifier><type><coding>
      <code value="MR"/></coding></type><value value="0042117"/></identifier>
      <name><family value="Doe"/><given value="Jane"/></name><birthDate value="1957-02-11"/>
      <address><line value="12 Oak St"/><city value="Omaha"/></address></Patient>)";
  const RecordedReading read = reading_of(read_xml, text_document(text));
  EXPECT_EQ(read.said,
            "Patient ID\tp1\nMedical record number\t0042117\nPatient name\tDoe, Jane\n"
            "Date of birth\t1957-02-11\nAddress\t12 Oak St, Omaha\n\n");
}

TEST(StructuredXml, WritesOtherDocumentsByTheirKeys) {
  const struct {
    const char* what;
    const char* xml;
    const char* lines;
  } kCases[] = {
      {"elements", "<visit><patientName>Jane &amp; co</patientName><Dob>1957</Dob></visit>",
       "patient name\tJane & co\ndob\t1957\n\n"},
      {"attributes", "<patient mrn='7' name='Jane'/>", "mrn\t7\npatient name\tJane\n\n"},
      {"rows", "<rows><row><mrn>1</mrn></row><row><mrn>2</mrn></row></rows>",
       "mrn\t1\n\nmrn\t2\n\n\n"},
      {"cut off", "<visit><mrn>7</mrn><dob>1957</dob", "mrn\t7\ndob\t1957\n\n"},
      {"entities of its own are not expanded",
       "<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b 'ccc'>]><a><d>&b;</d></a>", "d\t&b;\n\n"},
  };
  for (const auto& each : kCases) {
    const Document document = text_document(each.xml);
    EXPECT_TRUE(is_xml(document)) << each.what;
    EXPECT_EQ(reading_of(read_xml, document).said, each.lines) << each.what;
  }
}

TEST(StructuredXml, ToldFromOtherText) {
  for (const char* text : {"", "<", "<a@b.example> wrote:", "a < b", "<html><body>x</body></html>",
                           "<!DOCTYPE html><p>x</p>", "text <b>bold</b>"}) {
    EXPECT_FALSE(is_xml(text_document(text))) << text;
  }
}

TEST(StructuredXml, SurvivesHostileDocuments) {
  std::string deep;
  for (int i = 0; i < 50'000; ++i) {
    deep += "<a>";
  }
  std::string laughs = "<?xml version='1.0'?><!DOCTYPE l [<!ENTITY a0 'ha'>";
  for (int i = 1; i < 30; ++i) {
    const std::string before = "&a" + std::to_string(i - 1) + ";";
    laughs += "<!ENTITY a" + std::to_string(i) + " '" + before + before + "'>";
  }
  laughs += "]><l>&a29;</l>";
  for (const std::string& text : {deep, laughs, std::string("<a b='"), std::string("<?xml"),
                                  std::string("<a><![CDATA[x"), "<a " + std::string(9'000, '"')}) {
    const RecordedReading read = reading_of(read_xml, text_document(text));
    EXPECT_LT(read.said.size(), text.size() + 100);
  }
}

}  // namespace
}  // namespace phimilter::extract
