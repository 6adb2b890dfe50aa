// SPDX-License-Identifier: Apache-2.0
//
// The labels under which readers of records (HL7 v2, X12, C-CDA, FHIR, DICOM, vCard, iCalendar,
// Outlook items) give the values of fields. The shipped policy pack knows every one of them; a test
// holds the two together.
#pragma once

#include <array>
#include <string_view>

namespace phimilter::extract::label {

inline constexpr std::string_view kPatientName = "Patient name";
inline constexpr std::string_view kPatientId = "Patient ID";
inline constexpr std::string_view kMedicalRecordNumber = "Medical record number";
inline constexpr std::string_view kBirthDate = "Date of birth";
inline constexpr std::string_view kDeathDate = "Date of death";
inline constexpr std::string_view kSocialSecurityNumber = "Social security number";
inline constexpr std::string_view kAddress = "Address";
inline constexpr std::string_view kPhone = "Phone";
inline constexpr std::string_view kEmail = "Email";
inline constexpr std::string_view kDriverLicence = "Driver's license";
inline constexpr std::string_view kAccountNumber = "Account number";
inline constexpr std::string_view kVisitNumber = "Visit number";
inline constexpr std::string_view kMemberId = "Member ID";
inline constexpr std::string_view kGroupNumber = "Group number";
inline constexpr std::string_view kClaimNumber = "Claim number";
inline constexpr std::string_view kAccessionNumber = "Accession number";
inline constexpr std::string_view kGuarantorName = "Guarantor name";
inline constexpr std::string_view kRelativeName = "Next of kin";
inline constexpr std::string_view kInsuredName = "Insured name";
inline constexpr std::string_view kInsurer = "Insurance company";
inline constexpr std::string_view kDiagnosis = "Diagnosis";
inline constexpr std::string_view kProcedure = "Procedure";
inline constexpr std::string_view kMedication = "Medication";
inline constexpr std::string_view kAllergy = "Allergy";
inline constexpr std::string_view kTest = "Test";
inline constexpr std::string_view kResult = "Result";
inline constexpr std::string_view kImmunization = "Immunization";
inline constexpr std::string_view kNote = "Clinical note";
inline constexpr std::string_view kServiceDate = "Date of service";
inline constexpr std::string_view kAdmissionDate = "Admission date";
inline constexpr std::string_view kDischargeDate = "Discharge date";
inline constexpr std::string_view kAmount = "Charge amount";
inline constexpr std::string_view kDeviceId = "Device identifier";
inline constexpr std::string_view kMothersName = "Mother's maiden name";
inline constexpr std::string_view kPrescriptionNumber = "Prescription number";
inline constexpr std::string_view kOrderNumber = "Order number";
inline constexpr std::string_view kAuthorizationNumber = "Authorization number";
inline constexpr std::string_view kAppointment = "Appointment";
inline constexpr std::string_view kReasonForVisit = "Reason for visit";
inline constexpr std::string_view kPaidAmount = "Paid amount";
inline constexpr std::string_view kInsurancePlan = "Insurance plan";
inline constexpr std::string_view kEmployer = "Employer";
inline constexpr std::string_view kDocument = "Document";
inline constexpr std::string_view kProvider = "Provider";  // never a patient
inline constexpr std::string_view kSummary = "Summary";
inline constexpr std::string_view kDescription = "Description";
inline constexpr std::string_view kLocation = "Location";
inline constexpr std::string_view kStartTime = "Start time";
inline constexpr std::string_view kBirthday =
    "Birthday";  // of a contact, who need not be a patient
inline constexpr std::string_view kContactName = "Contact name";
inline constexpr std::string_view kOrganisation = "Organization";

inline constexpr std::array kAll{kPatientName,
                                 kPatientId,
                                 kMedicalRecordNumber,
                                 kBirthDate,
                                 kDeathDate,
                                 kSocialSecurityNumber,
                                 kAddress,
                                 kPhone,
                                 kEmail,
                                 kDriverLicence,
                                 kAccountNumber,
                                 kVisitNumber,
                                 kMemberId,
                                 kGroupNumber,
                                 kClaimNumber,
                                 kAccessionNumber,
                                 kGuarantorName,
                                 kRelativeName,
                                 kInsuredName,
                                 kInsurer,
                                 kDiagnosis,
                                 kProcedure,
                                 kMedication,
                                 kAllergy,
                                 kTest,
                                 kResult,
                                 kImmunization,
                                 kNote,
                                 kServiceDate,
                                 kAdmissionDate,
                                 kDischargeDate,
                                 kAmount,
                                 kDeviceId,
                                 kMothersName,
                                 kPrescriptionNumber,
                                 kOrderNumber,
                                 kAuthorizationNumber,
                                 kAppointment,
                                 kReasonForVisit,
                                 kPaidAmount,
                                 kInsurancePlan,
                                 kEmployer,
                                 kDocument,
                                 kProvider,
                                 kSummary,
                                 kDescription,
                                 kLocation,
                                 kStartTime,
                                 kBirthday,
                                 kContactName,
                                 kOrganisation};

}  // namespace phimilter::extract::label
