// SPDX-License-Identifier: Apache-2.0
#include "extract/fhir_fields.h"

#include <algorithm>
#include <array>

#include "extract/record_labels.h"

namespace phimilter::extract {
namespace {

constexpr std::array kFields{
    FhirField{"birthDate", FhirType::date, label::kBirthDate},
    FhirField{"deceasedDateTime", FhirType::date, label::kDeathDate},
    FhirField{"effectiveDateTime", FhirType::date, label::kServiceDate},
    FhirField{"onsetDateTime", FhirType::date, label::kServiceDate},
    FhirField{"performedDateTime", FhirType::date, label::kServiceDate},
    FhirField{"occurrenceDateTime", FhirType::date, label::kServiceDate},
    FhirField{"recordedDate", FhirType::date, label::kServiceDate},
    FhirField{"authoredOn", FhirType::date, label::kServiceDate},
    FhirField{"servicedDate", FhirType::date, label::kServiceDate},
    FhirField{"whenHandedOver", FhirType::date, label::kServiceDate},
    FhirField{"code", FhirType::coded, std::string_view()},
    FhirField{"vaccineCode", FhirType::coded, label::kImmunization},
    FhirField{"medicationCodeableConcept", FhirType::coded, label::kMedication},
    FhirField{"medication", FhirType::coded, label::kMedication},
    FhirField{"diagnosisCodeableConcept", FhirType::coded, label::kDiagnosis},
    FhirField{"procedureCodeableConcept", FhirType::coded, label::kProcedure},
    FhirField{"productOrService", FhirType::coded, label::kProcedure},
    FhirField{"reasonCode", FhirType::coded, label::kReasonForVisit},
    FhirField{"reason", FhirType::coded, label::kReasonForVisit},
    FhirField{"serviceType", FhirType::coded, label::kAppointment},
    FhirField{"appointmentType", FhirType::coded, label::kAppointment},
    FhirField{"valueCodeableConcept", FhirType::coded, label::kResult},
    FhirField{"valueCoding", FhirType::coded, label::kResult},
    FhirField{"conclusionCode", FhirType::coded, label::kDiagnosis},
    FhirField{"manifestation", FhirType::coded, label::kAllergy},
    FhirField{"substance", FhirType::coded, label::kAllergy},
    FhirField{"subject", FhirType::reference, label::kPatientName},
    FhirField{"patient", FhirType::reference, label::kPatientName},
    FhirField{"beneficiary", FhirType::reference, label::kPatientName},
    FhirField{"subscriber", FhirType::reference, label::kInsuredName},
    FhirField{"policyHolder", FhirType::reference, label::kInsuredName},
    FhirField{"payor", FhirType::reference, label::kInsurer},
    FhirField{"insurer", FhirType::reference, label::kInsurer},
    FhirField{"performer", FhirType::reference, label::kProvider},
    FhirField{"requester", FhirType::reference, label::kProvider},
    FhirField{"recorder", FhirType::reference, label::kProvider},
    FhirField{"asserter", FhirType::reference, label::kProvider},
    FhirField{"practitioner", FhirType::reference, label::kProvider},
    FhirField{"provider", FhirType::reference, label::kProvider},
    FhirField{"author", FhirType::reference, label::kProvider},
    FhirField{"authenticator", FhirType::reference, label::kProvider},
    FhirField{"generalPractitioner", FhirType::reference, label::kProvider},
    FhirField{"resultsInterpreter", FhirType::reference, label::kProvider},
    FhirField{"enterer", FhirType::reference, label::kProvider},
    FhirField{"individual", FhirType::reference, std::string_view()},
    FhirField{"actor", FhirType::reference, std::string_view()},
    FhirField{"facility", FhirType::reference, label::kOrganisation},
    FhirField{"serviceProvider", FhirType::reference, label::kOrganisation},
    FhirField{"managingOrganization", FhirType::reference, label::kOrganisation},
    FhirField{"custodian", FhirType::reference, label::kOrganisation},
    FhirField{"medicationReference", FhirType::reference, label::kMedication},
    FhirField{"condition", FhirType::reference, label::kDiagnosis},
    FhirField{"reasonReference", FhirType::reference, label::kReasonForVisit},
    FhirField{"valueQuantity", FhirType::quantity, label::kResult},
    FhirField{"net", FhirType::quantity, label::kAmount},
    FhirField{"amount", FhirType::quantity, label::kAmount},
    FhirField{"total", FhirType::quantity, label::kAmount},
    FhirField{"paymentAmount", FhirType::quantity, label::kPaidAmount},
    FhirField{"valueString", FhirType::text, label::kResult},
    FhirField{"conclusion", FhirType::text, label::kNote},
    FhirField{"description", FhirType::text, label::kNote},
    FhirField{"comment", FhirType::text, label::kNote},
    FhirField{"patientInstruction", FhirType::text, label::kNote},
    FhirField{"subscriberId", FhirType::text, label::kMemberId},
    FhirField{"note", FhirType::annotation, label::kNote},
    FhirField{"dosageInstruction", FhirType::annotation, label::kNote},
    FhirField{"dosage", FhirType::annotation, label::kNote}};

constexpr std::array kResources{
    FhirResource{"Account", std::string_view(), label::kAccountNumber, std::string_view(), true},
    FhirResource{"AllergyIntolerance", std::string_view(), std::string_view(), label::kAllergy,
                 true},
    FhirResource{"Appointment", std::string_view(), label::kVisitNumber, std::string_view(), true},
    FhirResource{"CarePlan", std::string_view(), std::string_view(), std::string_view(), true},
    FhirResource{"ChargeItem", std::string_view(), label::kAccountNumber, label::kProcedure, true},
    FhirResource{"Claim", std::string_view(), label::kClaimNumber, std::string_view(), true},
    FhirResource{"ClaimResponse", std::string_view(), label::kClaimNumber, std::string_view(),
                 true},
    FhirResource{"Condition", std::string_view(), std::string_view(), label::kDiagnosis, true},
    FhirResource{"Coverage", std::string_view(), label::kMemberId, std::string_view(), true},
    FhirResource{"Device", std::string_view(), label::kDeviceId, std::string_view(), true},
    FhirResource{"DeviceRequest", std::string_view(), label::kOrderNumber, label::kProcedure, true},
    FhirResource{"DiagnosticReport", std::string_view(), label::kAccessionNumber, label::kTest,
                 true},
    FhirResource{"Encounter", std::string_view(), label::kVisitNumber, std::string_view(), true},
    FhirResource{"ExplanationOfBenefit", std::string_view(), label::kClaimNumber,
                 std::string_view(), true},
    FhirResource{"FamilyMemberHistory", label::kRelativeName, std::string_view(), label::kDiagnosis,
                 true},
    FhirResource{"Group", label::kOrganisation, std::string_view(), std::string_view(), false},
    FhirResource{"HealthcareService", label::kOrganisation, std::string_view(), std::string_view(),
                 false},
    FhirResource{"ImagingStudy", std::string_view(), label::kAccessionNumber, label::kTest, true},
    FhirResource{"Immunization", std::string_view(), std::string_view(), std::string_view(), true},
    FhirResource{"InsurancePlan", label::kInsurancePlan, std::string_view(), std::string_view(),
                 false},
    FhirResource{"Location", label::kOrganisation, std::string_view(), std::string_view(), false},
    FhirResource{"Medication", std::string_view(), std::string_view(), label::kMedication, true},
    FhirResource{"MedicationAdministration", std::string_view(), label::kPrescriptionNumber,
                 std::string_view(), true},
    FhirResource{"MedicationDispense", std::string_view(), label::kPrescriptionNumber,
                 std::string_view(), true},
    FhirResource{"MedicationRequest", std::string_view(), label::kPrescriptionNumber,
                 std::string_view(), true},
    FhirResource{"MedicationStatement", std::string_view(), label::kPrescriptionNumber,
                 std::string_view(), true},
    FhirResource{"Observation", std::string_view(), std::string_view(), label::kTest, true},
    FhirResource{"Organization", label::kOrganisation, std::string_view(), std::string_view(),
                 false},
    FhirResource{"Patient", label::kPatientName, label::kPatientId, std::string_view(), true},
    FhirResource{"Person", label::kContactName, label::kPatientId, std::string_view(), true},
    FhirResource{"Practitioner", label::kProvider, std::string_view(), std::string_view(), false},
    FhirResource{"PractitionerRole", label::kProvider, std::string_view(), std::string_view(),
                 false},
    FhirResource{"Procedure", std::string_view(), std::string_view(), label::kProcedure, true},
    FhirResource{"RelatedPerson", label::kRelativeName, label::kPatientId, std::string_view(),
                 true},
    FhirResource{"ServiceRequest", std::string_view(), label::kOrderNumber, label::kProcedure,
                 true},
    FhirResource{"Specimen", std::string_view(), label::kAccessionNumber, std::string_view(),
                 true}};

}  // namespace

const FhirField* fhir_field(std::string_view key) {
  const auto* const found = std::find_if(kFields.begin(), kFields.end(),
                                         [&](const FhirField& field) { return field.key == key; });
  return found == kFields.end() ? nullptr : found;
}

FhirResource fhir_resource(std::string_view type) {
  const auto* const found =
      std::find_if(kResources.begin(), kResources.end(),
                   [&](const FhirResource& resource) { return resource.type == type; });
  return found == kResources.end() ? FhirResource{type, {}, {}, {}, true} : *found;
}

std::string_view fhir_person_label(std::string_view resource_type) {
  return fhir_resource(resource_type).name;
}

}  // namespace phimilter::extract
