// SPDX-License-Identifier: Apache-2.0
#include "extract/hl7_fields.h"

#include <algorithm>
#include <array>

#include "extract/record_labels.h"

namespace phimilter::extract {
namespace {

// By segment.
constexpr std::array<Hl7Field, 131> kFields{{
    {"AIP", 3, label::kProvider, Hl7Type::provider},
    {"AIS", 3, label::kProcedure, Hl7Type::coded},
    {"AIS", 4, label::kAppointment, Hl7Type::date_time},
    {"AL1", 3, label::kAllergy, Hl7Type::coded},
    {"AL1", 5, label::kAllergy, Hl7Type::text},
    {"DG1", 3, label::kDiagnosis, Hl7Type::coded},
    {"DG1", 4, label::kDiagnosis, Hl7Type::text},
    {"DG1", 16, label::kProvider, Hl7Type::provider},
    {"FT1", 4, label::kServiceDate, Hl7Type::date},
    {"FT1", 5, label::kServiceDate, Hl7Type::date},
    {"FT1", 7, label::kProcedure, Hl7Type::coded},
    {"FT1", 8, label::kProcedure, Hl7Type::text},
    {"FT1", 10, label::kAmount, Hl7Type::text},
    {"FT1", 11, label::kAmount, Hl7Type::text},
    {"FT1", 19, label::kDiagnosis, Hl7Type::coded},
    {"FT1", 20, label::kProvider, Hl7Type::provider},
    {"FT1", 21, label::kProvider, Hl7Type::provider},
    {"FT1", 25, label::kProcedure, Hl7Type::coded},
    {"GT1", 2, label::kAccountNumber, Hl7Type::identifier},
    {"GT1", 3, label::kGuarantorName, Hl7Type::person},
    {"GT1", 4, label::kGuarantorName, Hl7Type::person},
    {"GT1", 5, label::kAddress, Hl7Type::address},
    {"GT1", 6, label::kPhone, Hl7Type::phone},
    {"GT1", 7, label::kPhone, Hl7Type::phone},
    {"GT1", 8, label::kBirthDate, Hl7Type::date},
    {"GT1", 12, label::kSocialSecurityNumber, Hl7Type::social_security_number},
    {"GT1", 16, label::kEmployer, Hl7Type::organisation},
    {"GT1", 18, label::kPhone, Hl7Type::phone},
    {"IAM", 3, label::kAllergy, Hl7Type::coded},
    {"IAM", 5, label::kAllergy, Hl7Type::text},
    {"IN1", 2, label::kInsurancePlan, Hl7Type::coded},
    {"IN1", 4, label::kInsurer, Hl7Type::organisation},
    {"IN1", 8, label::kGroupNumber, Hl7Type::text},
    {"IN1", 9, label::kInsurancePlan, Hl7Type::organisation},
    {"IN1", 16, label::kInsuredName, Hl7Type::person},
    {"IN1", 18, label::kBirthDate, Hl7Type::date},
    {"IN1", 19, label::kAddress, Hl7Type::address},
    {"IN1", 36, label::kMemberId, Hl7Type::identifier},
    {"IN1", 49, label::kMemberId, Hl7Type::identifier},
    {"IN2", 1, label::kMemberId, Hl7Type::identifier},
    {"IN2", 2, label::kSocialSecurityNumber, Hl7Type::social_security_number},
    {"IN2", 3, label::kEmployer, Hl7Type::provider},
    {"IN2", 6, label::kMemberId, Hl7Type::text},
    {"IN2", 8, label::kMemberId, Hl7Type::text},
    {"IN2", 61, label::kMemberId, Hl7Type::identifier},
    {"IN2", 63, label::kPhone, Hl7Type::phone},
    {"MRG", 1, label::kMedicalRecordNumber, Hl7Type::patient_identifier},
    {"MRG", 2, label::kPatientId, Hl7Type::patient_identifier},
    {"MRG", 3, label::kAccountNumber, Hl7Type::identifier},
    {"MRG", 4, label::kPatientId, Hl7Type::patient_identifier},
    {"MRG", 5, label::kVisitNumber, Hl7Type::identifier},
    {"MRG", 7, label::kPatientName, Hl7Type::person},
    {"NK1", 2, label::kRelativeName, Hl7Type::person},
    {"NK1", 4, label::kAddress, Hl7Type::address},
    {"NK1", 5, label::kPhone, Hl7Type::phone},
    {"NK1", 6, label::kPhone, Hl7Type::phone},
    {"NK1", 16, label::kBirthDate, Hl7Type::date},
    {"NK1", 30, label::kRelativeName, Hl7Type::person},
    {"NK1", 31, label::kPhone, Hl7Type::phone},
    {"NK1", 32, label::kAddress, Hl7Type::address},
    {"NK1", 33, label::kPatientId, Hl7Type::patient_identifier},
    {"NK1", 37, label::kSocialSecurityNumber, Hl7Type::social_security_number},
    {"NTE", 3, label::kNote, Hl7Type::text},
    {"OBR", 2, label::kOrderNumber, Hl7Type::identifier},
    {"OBR", 3, label::kAccessionNumber, Hl7Type::identifier},
    {"OBR", 4, label::kTest, Hl7Type::coded},
    {"OBR", 7, label::kServiceDate, Hl7Type::date},
    {"OBR", 13, label::kNote, Hl7Type::text},
    {"OBR", 16, label::kProvider, Hl7Type::provider},
    {"OBR", 28, label::kProvider, Hl7Type::provider},
    {"OBR", 31, label::kDiagnosis, Hl7Type::coded},
    {"OBR", 32, label::kProvider, Hl7Type::provider},
    {"ORC", 2, label::kOrderNumber, Hl7Type::identifier},
    {"ORC", 3, label::kOrderNumber, Hl7Type::identifier},
    {"ORC", 12, label::kProvider, Hl7Type::provider},
    {"ORC", 16, label::kReasonForVisit, Hl7Type::coded},
    {"PD1", 4, label::kProvider, Hl7Type::provider},
    {"PID", 2, label::kPatientId, Hl7Type::patient_identifier},
    {"PID", 3, label::kMedicalRecordNumber, Hl7Type::patient_identifier},
    {"PID", 4, label::kPatientId, Hl7Type::patient_identifier},
    {"PID", 5, label::kPatientName, Hl7Type::person},
    {"PID", 6, label::kMothersName, Hl7Type::person},
    {"PID", 7, label::kBirthDate, Hl7Type::date},
    {"PID", 9, label::kPatientName, Hl7Type::person},
    {"PID", 11, label::kAddress, Hl7Type::address},
    {"PID", 13, label::kPhone, Hl7Type::phone},
    {"PID", 14, label::kPhone, Hl7Type::phone},
    {"PID", 18, label::kAccountNumber, Hl7Type::identifier},
    {"PID", 19, label::kSocialSecurityNumber, Hl7Type::social_security_number},
    {"PID", 20, label::kDriverLicence, Hl7Type::identifier},
    {"PID", 21, label::kPatientId, Hl7Type::identifier},
    {"PID", 29, label::kDeathDate, Hl7Type::date},
    {"PR1", 3, label::kProcedure, Hl7Type::coded},
    {"PR1", 4, label::kProcedure, Hl7Type::text},
    {"PR1", 5, label::kServiceDate, Hl7Type::date},
    {"PR1", 8, label::kProvider, Hl7Type::provider},
    {"PR1", 11, label::kProvider, Hl7Type::provider},
    {"PRB", 3, label::kDiagnosis, Hl7Type::coded},
    {"PV1", 7, label::kProvider, Hl7Type::provider},
    {"PV1", 8, label::kProvider, Hl7Type::provider},
    {"PV1", 9, label::kProvider, Hl7Type::provider},
    {"PV1", 17, label::kProvider, Hl7Type::provider},
    {"PV1", 19, label::kVisitNumber, Hl7Type::identifier},
    {"PV1", 44, label::kAdmissionDate, Hl7Type::date},
    {"PV1", 45, label::kDischargeDate, Hl7Type::date},
    {"PV1", 50, label::kVisitNumber, Hl7Type::identifier},
    {"PV2", 3, label::kReasonForVisit, Hl7Type::coded},
    {"QRD", 8, label::kPatientId, Hl7Type::provider},
    {"RXA", 3, label::kServiceDate, Hl7Type::date},
    {"RXA", 5, label::kImmunization, Hl7Type::coded},
    {"RXA", 10, label::kProvider, Hl7Type::provider},
    {"RXC", 2, label::kMedication, Hl7Type::coded},
    {"RXD", 2, label::kMedication, Hl7Type::coded},
    {"RXD", 7, label::kPrescriptionNumber, Hl7Type::text},
    {"RXE", 2, label::kMedication, Hl7Type::coded},
    {"RXE", 7, label::kNote, Hl7Type::text},
    {"RXE", 15, label::kPrescriptionNumber, Hl7Type::text},
    {"RXE", 21, label::kNote, Hl7Type::text},
    {"RXG", 4, label::kMedication, Hl7Type::coded},
    {"RXO", 1, label::kMedication, Hl7Type::coded},
    {"RXO", 6, label::kNote, Hl7Type::text},
    {"RXO", 7, label::kNote, Hl7Type::text},
    {"SCH", 6, label::kAppointment, Hl7Type::coded},
    {"SCH", 7, label::kReasonForVisit, Hl7Type::coded},
    {"SCH", 8, label::kAppointment, Hl7Type::coded},
    {"SCH", 12, label::kProvider, Hl7Type::provider},
    {"SCH", 16, label::kProvider, Hl7Type::provider},
    {"SCH", 20, label::kProvider, Hl7Type::provider},
    {"TXA", 2, label::kDocument, Hl7Type::coded},
    {"TXA", 5, label::kProvider, Hl7Type::provider},
    {"TXA", 9, label::kProvider, Hl7Type::provider},
}};

struct IdentifierType {
  std::string_view type;  // table 0203
  std::string_view label;
};

constexpr std::array kIdentifierTypes{IdentifierType{"MR", label::kMedicalRecordNumber},
                                      IdentifierType{"MRN", label::kMedicalRecordNumber},
                                      IdentifierType{"MRT", label::kMedicalRecordNumber},
                                      IdentifierType{"PI", label::kPatientId},
                                      IdentifierType{"PT", label::kPatientId},
                                      IdentifierType{"PE", label::kPatientId},
                                      IdentifierType{"SS", label::kSocialSecurityNumber},
                                      IdentifierType{"SSN", label::kSocialSecurityNumber},
                                      IdentifierType{"DL", label::kDriverLicence},
                                      IdentifierType{"AN", label::kAccountNumber},
                                      IdentifierType{"ANON", label::kPatientId},
                                      IdentifierType{"VN", label::kVisitNumber},
                                      IdentifierType{"MA", label::kMemberId},
                                      IdentifierType{"MC", label::kMemberId},
                                      IdentifierType{"MB", label::kMemberId},
                                      IdentifierType{"MI", label::kMemberId},
                                      IdentifierType{"HC", label::kMemberId},
                                      IdentifierType{"SN", label::kMemberId},
                                      IdentifierType{"JHN", label::kMemberId}};

}  // namespace

std::span<const Hl7Field> hl7_fields(std::string_view segment) {
  const auto same = [&](const Hl7Field& field) { return field.segment == segment; };
  const auto* const first = std::find_if(kFields.begin(), kFields.end(), same);
  const auto* const last = std::find_if_not(first, kFields.end(), same);
  return {first, last};
}

std::string_view hl7_identifier_label(std::string_view type, std::string_view otherwise) {
  for (const IdentifierType& known : kIdentifierTypes) {
    if (known.type == type) {
      return known.label;
    }
  }
  return otherwise;
}

}  // namespace phimilter::extract
