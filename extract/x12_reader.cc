// SPDX-License-Identifier: Apache-2.0
#include "extract/x12_reader.h"

#include <algorithm>
#include <array>

#include "extract/record_labels.h"
#include "extract/record_values.h"
#include "extract/record_writer.h"
#include "extract/x12_codes.h"
#include "extract/x12_segments.h"

namespace phimilter::extract {
namespace {

class X12Reader {
 public:
  explicit X12Reader(ReadingSink& sink) : records_(sink) {}

  bool take(const X12Segment& segment);

 private:
  struct Reading {
    std::string_view id;
    void (X12Reader::*read)(const X12Segment& segment);
  };
  static const std::array<Reading, 30> kReadings;

  static bool begins_record(const X12Segment& segment);
  void party(const X12Segment& segment);
  void plain_party(const X12Segment& segment);
  void street(const X12Segment& segment);
  void town(const X12Segment& segment);
  void contact(const X12Segment& segment);
  void birth(const X12Segment& segment);
  void reference(const X12Segment& segment);
  void date(const X12Segment& segment);
  void payment_date(const X12Segment& segment);
  void codes(const X12Segment& segment);
  void claim(const X12Segment& segment);
  void paid_claim(const X12Segment& segment);
  void professional_service(const X12Segment& segment);
  void institutional_service(const X12Segment& segment);
  void adjudicated_service(const X12Segment& segment);
  void drug(const X12Segment& segment);
  void subscriber(const X12Segment& segment);
  void member(const X12Segment& segment);
  void patient(const X12Segment& segment);
  void coverage(const X12Segment& segment);
  void benefit(const X12Segment& segment);
  void status(const X12Segment& segment);
  void adjustment(const X12Segment& segment);
  void amount(const X12Segment& segment);
  void payment(const X12Segment& segment);
  void note(const X12Segment& segment);
  void message(const X12Segment& segment);

  void write_code(std::string_view qualifier, std::string_view code);
  void write_service(const X12Segment& segment, std::size_t procedure, std::size_t charge);

  RecordWriter records_;
  X12Party party_{};
  std::string street_;
  std::string second_;
  bool insured_is_patient_ = false;
};

constexpr std::array<X12Reader::Reading, 30> X12Reader::kReadings{{
    {"NM1", &X12Reader::party},
    {"N1", &X12Reader::plain_party},
    {"N3", &X12Reader::street},
    {"N4", &X12Reader::town},
    {"PER", &X12Reader::contact},
    {"DMG", &X12Reader::birth},
    {"REF", &X12Reader::reference},
    {"DTP", &X12Reader::date},
    {"DTM", &X12Reader::payment_date},
    {"HI", &X12Reader::codes},
    {"CLM", &X12Reader::claim},
    {"CLP", &X12Reader::paid_claim},
    {"SV1", &X12Reader::professional_service},
    {"SV2", &X12Reader::institutional_service},
    {"SV3", &X12Reader::professional_service},
    {"SV5", &X12Reader::professional_service},
    {"SVC", &X12Reader::professional_service},
    {"SVD", &X12Reader::adjudicated_service},
    {"LIN", &X12Reader::drug},
    {"SBR", &X12Reader::subscriber},
    {"INS", &X12Reader::member},
    {"PAT", &X12Reader::patient},
    {"HD", &X12Reader::coverage},
    {"EB", &X12Reader::benefit},
    {"STC", &X12Reader::status},
    {"CAS", &X12Reader::adjustment},
    {"AMT", &X12Reader::amount},
    {"BPR", &X12Reader::payment},
    {"NTE", &X12Reader::note},
    {"MSG", &X12Reader::message},
}};

bool X12Reader::begins_record(const X12Segment& segment) {
  return segment.id() == "ISA" || segment.id() == "ST" || segment.id() == "HL" ||
         segment.id() == "CLP" || segment.id() == "INS";
}

bool X12Reader::take(const X12Segment& segment) {
  if (begins_record(segment)) {
    records_.end_record();
    party_ = {};
    insured_is_patient_ = false;
  }
  const auto* const reading =
      std::find_if(kReadings.begin(), kReadings.end(),
                   [&](const Reading& known) { return known.id == segment.id(); });
  if (reading != kReadings.end()) {
    (this->*reading->read)(segment);
  }
  return !records_.full();
}

void X12Reader::party(const X12Segment& segment) {
  party_ = x12_party(segment.element(1), segment.element(2));
  const bool patient = party_.label == label::kInsuredName && insured_is_patient_;
  records_.field(
      patient ? label::kPatientName : party_.label,
      written_name(segment.element(3), segment.element(4), segment.element(5), segment.element(7)));
  const std::string_view kind = segment.element(8);
  const std::string_view number = segment.element(9);
  if (!party_.is_patient_side) {
    return;
  }
  if (kind == "34") {
    records_.field(label::kSocialSecurityNumber, written_social_security_number(number));
  } else {
    records_.field(kind == "MR" ? label::kMedicalRecordNumber : label::kMemberId, number);
  }
}

void X12Reader::plain_party(const X12Segment& segment) {
  party_ = x12_party(segment.element(1), "2");
  records_.field(party_.label, segment.element(2));
}

void X12Reader::street(const X12Segment& segment) {
  street_ = segment.element(1);
  second_ = segment.element(2);
}

void X12Reader::town(const X12Segment& segment) {
  if (party_.is_patient_side) {
    records_.field(label::kAddress,
                   written_address(street_, second_, segment.element(1), segment.element(2),
                                   segment.element(3), segment.element(4)));
  }
  street_.clear();
  second_.clear();
}

// PER: name, then up to three pairs of kind and number.
void X12Reader::contact(const X12Segment& segment) {
  records_.field(party_.is_patient_side ? label::kContactName : label::kProvider,
                 segment.element(2));
  for (std::size_t i = 3; party_.is_patient_side && i + 1 < segment.elements.size(); i += 2) {
    const std::string_view kind = segment.element(i);
    if (kind == "EM") {
      records_.field(label::kEmail, segment.element(i + 1));
    } else if (kind != "EX" && kind != "UR") {
      records_.field(label::kPhone, written_phone(segment.element(i + 1)));
    }
  }
}

void X12Reader::birth(const X12Segment& segment) {
  records_.field(label::kBirthDate, written_date(segment.element(2)));
}

void X12Reader::reference(const X12Segment& segment) {
  const std::string_view label = x12_reference_label(segment.element(1));
  if (label == label::kSocialSecurityNumber) {
    if (party_.is_patient_side || party_.label.empty()) {
      records_.field(label, written_social_security_number(segment.element(2)));
    }
  } else if (!label.empty()) {
    records_.field(label, segment.element(2));
  }
}

// D8 is a day, RD8 two with a hyphen, DT a day with the time.
void X12Reader::date(const X12Segment& segment) {
  const std::string_view label = x12_date_label(segment.element(1));
  if (label.empty()) {
    return;
  }
  const std::string_view value = segment.element(3);
  const std::size_t hyphen = segment.element(2) == "RD8" ? value.find('-') : value.npos;
  if (hyphen == value.npos) {
    records_.field(label, written_date_time(value));
    return;
  }
  records_.field(
      label, joined({written_date(value.substr(0, hyphen)), written_date(value.substr(hyphen + 1))},
                    " - "));
}

void X12Reader::payment_date(const X12Segment& segment) {
  const std::string_view label = x12_date_label(segment.element(1));
  if (!label.empty()) {
    records_.field(label, written_date(segment.element(2)));
  }
}

void X12Reader::write_code(std::string_view qualifier, std::string_view code) {
  const std::string_view label = x12_code_list_label(qualifier);
  if (!label.empty()) {
    records_.field(label, written_diagnosis_code(qualifier, code));
  }
}

// "ABK:E119*ABF:I10"; old files also carry "BK*8901".
void X12Reader::codes(const X12Segment& segment) {
  for (std::size_t i = 1; i < segment.elements.size(); ++i) {
    const std::string_view qualifier = segment.component(i, 1);
    const std::string_view code = segment.component(i, 2);
    write_code(qualifier, code.empty() ? segment.element(i + 1) : code);
  }
}

void X12Reader::claim(const X12Segment& segment) {
  records_.field(label::kAccountNumber, segment.element(1));
  records_.field(label::kAmount, segment.element(2));
}

void X12Reader::paid_claim(const X12Segment& segment) {
  records_.field(label::kAccountNumber, segment.element(1));
  records_.field(label::kAmount, segment.element(3));
  records_.field(label::kPaidAmount, segment.element(4));
  records_.field(label::kClaimNumber, segment.element(7));
}

// "HC:99213:25": code list, code, modifiers, description as the seventh.
void X12Reader::write_service(const X12Segment& segment, std::size_t procedure,
                              std::size_t charge) {
  const std::string_view list = segment.component(procedure, 1);
  const std::string_view label = list == "N4" ? label::kMedication : label::kProcedure;
  records_.field(label,
                 joined({segment.component(procedure, 2), segment.component(procedure, 7)}, " "));
  records_.field(label::kAmount, segment.element(charge));
}

void X12Reader::professional_service(const X12Segment& segment) {
  write_service(segment, 1, 2);
}

void X12Reader::institutional_service(const X12Segment& segment) {
  write_service(segment, 2, 3);
}

void X12Reader::adjudicated_service(const X12Segment& segment) {
  write_service(segment, 3, 2);
}

void X12Reader::drug(const X12Segment& segment) {
  if (segment.element(2) == "N4") {
    records_.field(label::kMedication, joined({"NDC", segment.element(3)}, " "));
  }
}

void X12Reader::subscriber(const X12Segment& segment) {
  insured_is_patient_ = segment.element(2) == "18";
  records_.field(label::kGroupNumber, segment.element(3));
  records_.field(label::kInsurancePlan, segment.element(4));
}

void X12Reader::member(const X12Segment& segment) {
  records_.field(label::kDeathDate, written_date(segment.element(12)));
}

void X12Reader::patient(const X12Segment& segment) {
  records_.field(label::kDeathDate, written_date(segment.element(6)));
}

void X12Reader::coverage(const X12Segment& segment) {
  records_.field(label::kInsurancePlan, joined({segment.element(3), segment.element(4)}, " "));
}

void X12Reader::benefit(const X12Segment& segment) {
  records_.field(label::kInsurancePlan, segment.element(5));
  records_.field(label::kAmount, segment.element(7));
}

void X12Reader::status(const X12Segment& segment) {
  records_.field(label::kAmount, segment.element(4));
  records_.field(label::kNote, segment.element(12));
}

void X12Reader::adjustment(const X12Segment& segment) {
  records_.field(label::kAmount, segment.element(3));
}

void X12Reader::amount(const X12Segment& segment) {
  records_.field(label::kAmount, segment.element(2));
}

void X12Reader::payment(const X12Segment& segment) {
  records_.field(label::kPaidAmount, segment.element(2));
}

void X12Reader::note(const X12Segment& segment) {
  records_.field(label::kNote, segment.element(2));
}

void X12Reader::message(const X12Segment& segment) {
  records_.field(label::kNote, segment.element(1));
}

}  // namespace

bool is_x12(const Document& document) {
  return holds_x12(document.bytes);
}

void read_x12(const Document& document, ReadingSink& sink) {
  X12Reader reader(sink);
  for_each_x12_segment(document.bytes,
                       [&](const X12Segment& segment) { return reader.take(segment); });
}

}  // namespace phimilter::extract
