// SPDX-License-Identifier: Apache-2.0
#include "extract/x12_codes.h"

#include <algorithm>
#include <array>
#include <span>

#include "extract/record_labels.h"

namespace phimilter::extract {
namespace {

struct Code {
  std::string_view code;
  std::string_view label;
};

constexpr std::array kPeople{Code{"QC", label::kPatientName},   Code{"03", label::kPatientName},
                             Code{"IL", label::kInsuredName},   Code{"74", label::kInsuredName},
                             Code{"70", label::kInsuredName},   Code{"QD", label::kGuarantorName},
                             Code{"S1", label::kRelativeName},  Code{"S3", label::kRelativeName},
                             Code{"GD", label::kRelativeName},  Code{"X4", label::kRelativeName},
                             Code{"E1", label::kRelativeName},  Code{"EI", label::kRelativeName},
                             Code{"EXS", label::kRelativeName}, Code{"LR", label::kRelativeName},
                             Code{"J6", label::kRelativeName},  Code{"31", std::string_view()},
                             Code{"GB", label::kInsuredName},   Code{"S2", label::kPatientName}};

constexpr std::array kReferences{Code{"SY", label::kSocialSecurityNumber},
                                 Code{"EA", label::kMedicalRecordNumber},
                                 Code{"1W", label::kMemberId},
                                 Code{"0F", label::kMemberId},
                                 Code{"23", label::kMemberId},
                                 Code{"F6", label::kMemberId},
                                 Code{"HJ", label::kMemberId},
                                 Code{"NQ", label::kMemberId},
                                 Code{"4A", label::kMemberId},
                                 Code{"Q4", label::kMemberId},
                                 Code{"ABB", label::kMemberId},
                                 Code{"IG", label::kMemberId},
                                 Code{"1L", label::kGroupNumber},
                                 Code{"6P", label::kGroupNumber},
                                 Code{"1K", label::kClaimNumber},
                                 Code{"D9", label::kClaimNumber},
                                 Code{"F8", label::kClaimNumber},
                                 Code{"Y4", label::kClaimNumber},
                                 Code{"9A", label::kClaimNumber},
                                 Code{"9C", label::kClaimNumber},
                                 Code{"EJ", label::kAccountNumber},
                                 Code{"3H", label::kAccountNumber},
                                 Code{"G1", label::kAuthorizationNumber},
                                 Code{"9F", label::kAuthorizationNumber},
                                 Code{"BB", label::kAuthorizationNumber},
                                 Code{"NT", label::kAuthorizationNumber},
                                 Code{"XZ", label::kPrescriptionNumber}};

constexpr std::array kDates{Code{"472", label::kServiceDate},   Code{"434", label::kServiceDate},
                            Code{"150", label::kServiceDate},   Code{"151", label::kServiceDate},
                            Code{"232", label::kServiceDate},   Code{"233", label::kServiceDate},
                            Code{"304", label::kServiceDate},   Code{"431", label::kServiceDate},
                            Code{"439", label::kServiceDate},   Code{"453", label::kServiceDate},
                            Code{"454", label::kServiceDate},   Code{"455", label::kServiceDate},
                            Code{"484", label::kServiceDate},   Code{"471", label::kServiceDate},
                            Code{"435", label::kAdmissionDate}, Code{"096", label::kDischargeDate},
                            Code{"442", label::kDeathDate},     Code{"AAH", label::kServiceDate}};

constexpr std::array kCodeLists{
    Code{"ABK", label::kDiagnosis}, Code{"ABF", label::kDiagnosis}, Code{"ABJ", label::kDiagnosis},
    Code{"ABN", label::kDiagnosis}, Code{"APR", label::kDiagnosis}, Code{"BK", label::kDiagnosis},
    Code{"BF", label::kDiagnosis},  Code{"BJ", label::kDiagnosis},  Code{"BN", label::kDiagnosis},
    Code{"PR", label::kDiagnosis},  Code{"ZZ", label::kDiagnosis},  Code{"DR", label::kDiagnosis},
    Code{"BBR", label::kProcedure}, Code{"BBQ", label::kProcedure}, Code{"BR", label::kProcedure},
    Code{"BQ", label::kProcedure},  Code{"BO", label::kProcedure},  Code{"BP", label::kProcedure},
    Code{"CAH", label::kProcedure}};

std::string_view label_of(std::span<const Code> codes, std::string_view code) {
  const auto found = std::find_if(codes.begin(), codes.end(),
                                  [&](const Code& known) { return known.code == code; });
  return found == codes.end() ? std::string_view() : found->label;
}

}  // namespace

X12Party x12_party(std::string_view entity, std::string_view kind) {
  const bool person = kind == "1";
  const bool known = std::any_of(kPeople.begin(), kPeople.end(),
                                 [&](const Code& code) { return code.code == entity; });
  if (known && (person || entity == "31")) {
    return {label_of(kPeople, entity), true};
  }
  if (entity == "PR" || entity == "IN") {
    return {label::kInsurer, false};
  }
  if (entity == "36") {
    return {label::kEmployer, false};
  }
  return {person ? label::kProvider : label::kOrganisation, false};
}

std::string_view x12_reference_label(std::string_view qualifier) {
  return label_of(kReferences, qualifier);
}

std::string_view x12_date_label(std::string_view qualifier) {
  return label_of(kDates, qualifier);
}

std::string_view x12_code_list_label(std::string_view qualifier) {
  return label_of(kCodeLists, qualifier);
}

std::string written_diagnosis_code(std::string_view qualifier, std::string_view code) {
  const bool diagnosis = label_of(kCodeLists, qualifier) == label::kDiagnosis;
  if (!diagnosis || code.find('.') != std::string_view::npos) {
    return std::string(code);
  }
  const bool icd9 = !qualifier.starts_with('A');
  const std::size_t category = icd9 && code.starts_with('E') ? 4 : 3;
  if (code.size() <= category || code.size() > 7) {
    return std::string(code);
  }
  return std::string(code.substr(0, category)) + "." + std::string(code.substr(category));
}

}  // namespace phimilter::extract
