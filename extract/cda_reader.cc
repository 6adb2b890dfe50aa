// SPDX-License-Identifier: Apache-2.0
#include "extract/cda_reader.h"

#include <algorithm>
#include <array>

#include "extract/cda_values.h"
#include "extract/embedded_base64.h"
#include "extract/record_labels.h"
#include "extract/record_values.h"
#include "extract/record_writer.h"
#include "extract/transfer_decoding.h"

namespace phimilter::extract {
namespace {

constexpr std::string_view kSocialSecurityOid = "2.16.840.1.113883.4.1";
constexpr std::string_view kMedicareOid = "2.16.840.1.113883.4.572";

// What the coded values in a section are, by the section's LOINC code.
struct Section {
  std::string_view code;
  std::string_view value_label;  // of an observation's coded value
  std::string_view drug_label;
};

constexpr std::array kSections{Section{"48765-2", label::kAllergy, label::kAllergy},
                               Section{"11450-4", label::kDiagnosis, label::kMedication},
                               Section{"11348-0", label::kDiagnosis, label::kMedication},
                               Section{"46240-8", label::kDiagnosis, label::kMedication},
                               Section{"46241-6", label::kDiagnosis, label::kMedication},
                               Section{"11535-2", label::kDiagnosis, label::kMedication},
                               Section{"51848-0", label::kDiagnosis, label::kMedication},
                               Section{"10157-6", label::kDiagnosis, label::kMedication},
                               Section{"11369-6", label::kResult, label::kImmunization}};

Section section_of(const DataNode& section) {
  const DataNode* const code = section.child("code");
  const std::string_view wanted = code == nullptr ? std::string_view() : code->attribute("code");
  const auto* const found =
      std::find_if(kSections.begin(), kSections.end(),
                   [&](const Section& known) { return known.code == wanted; });
  return found == kSections.end() ? Section{wanted, label::kResult, label::kMedication} : *found;
}

class CdaReader {
 public:
  explicit CdaReader(ReadingSink& sink) : records_(sink) {}

  void read(const DataNode& document) {
    for (const DataNode& child : document.children) {
      read_header(child);
    }
    for (const DataNode& child : document.children) {
      if (child.name == "component") {
        read_body(child);
      }
    }
    records_.end_record();
  }

 private:
  void read_header(const DataNode& child) {
    if (child.name == "title") {
      records_.field(label::kDocument, child.text());
    } else if (child.name == "effectiveTime") {
      records_.field(label::kServiceDate, cda_date(&child));
    } else if (child.name == "recordTarget") {
      read_patients(child);
    } else if (child.name == "componentOf") {
      read_encounter(child);
    } else if (child.name == "custodian") {
      write_named(child, label::kOrganisation);
    } else if (child.name == "participant") {
      write_relative(child, child.child("associatedEntity"));
    } else if (child.name == "informant" && child.child("relatedEntity") != nullptr) {
      write_relative(child, child.child("relatedEntity"));
    } else if (child.name != "component") {
      write_named(child, label::kProvider);
    }
  }

  void read_patients(const DataNode& target) {
    for (const DataNode& role : target.children) {
      if (role.name != "patientRole") {
        continue;
      }
      for (const DataNode& id : role.children) {
        write_identifier(id);
      }
      write_reachability(role);
      const DataNode* const patient = role.child("patient");
      if (patient != nullptr) {
        read_patient(*patient);
      }
    }
  }

  void read_patient(const DataNode& patient) {
    for (const DataNode& child : patient.children) {
      if (child.name == "name") {
        records_.field(label::kPatientName, cda_name(child));
      } else if (child.name == "birthTime") {
        records_.field(label::kBirthDate, cda_date(&child));
      } else if (child.name == "deceasedTime") {
        records_.field(label::kDeathDate, cda_date(&child));
      } else if (child.name == "id") {
        write_identifier(child);
      } else if (child.name == "guardian") {
        write_named(child, label::kRelativeName);
        write_reachability(child);
      }
    }
  }

  void write_identifier(const DataNode& id) {
    if (id.name != "id") {
      return;
    }
    const std::string_view root = id.attribute("root");
    const std::string_view extension = id.attribute("extension");
    if (root == kSocialSecurityOid) {
      records_.field(label::kSocialSecurityNumber, written_social_security_number(extension));
    } else {
      records_.field(root == kMedicareOid ? label::kMemberId : label::kMedicalRecordNumber,
                     extension);
    }
  }

  void write_reachability(const DataNode& role) {
    for (const DataNode& child : role.children) {
      if (child.name == "addr") {
        records_.field(label::kAddress, cda_address(child));
      } else if (child.name == "telecom") {
        write_telecom(child.attribute("value"));
      }
    }
  }

  void write_telecom(std::string_view url) {
    const std::size_t scheme = url.find(':');
    const std::string_view value = url.substr(scheme == url.npos ? 0 : scheme + 1);
    const bool mail = value.find('@') != value.npos;
    records_.field(mail ? label::kEmail : label::kPhone, written_phone(value));
  }

  void write_relative(const DataNode& participant, const DataNode* role) {
    write_named(participant, label::kRelativeName);
    if (role != nullptr) {
      write_reachability(*role);
    }
  }

  // The names under a participation, however deep its roles are.
  void write_named(const DataNode& node, std::string_view label) {
    for (const DataNode& child : node.children) {
      if (child.name == "name") {
        const bool organisation = node.name.ends_with("rganization");
        records_.field(organisation ? label::kOrganisation : label, cda_name(child));
      } else if (!child.name.starts_with('@')) {
        write_named(child, label);
      }
    }
  }

  void read_encounter(const DataNode& component_of) {
    const DataNode* const encounter = component_of.child("encompassingEncounter");
    if (encounter == nullptr) {
      return;
    }
    const DataNode* const time = encounter->child("effectiveTime");
    const DataNode* const id = encounter->child("id");
    records_.field(label::kVisitNumber, id == nullptr ? "" : id->attribute("extension"));
    records_.field(label::kAdmissionDate, cda_date(time));
    records_.field(label::kDischargeDate, time == nullptr ? "" : cda_date(time->child("high")));
    write_named(*encounter, label::kProvider);
  }

  void read_body(const DataNode& component) {
    for (const DataNode& child : component.children) {
      if (child.name == "section") {
        read_section(child);
      } else if (child.name == "nonXMLBody") {
        read_file(child.child("text"));
      } else if (child.name == "structuredBody" || child.name == "component") {
        read_body(child);
      }
    }
  }

  void read_section(const DataNode& section) {
    const DataNode* const title = section.child("title");
    const DataNode* const text = section.child("text");
    if (title != nullptr) {
      records_.sink().text(std::string(trimmed(title->text())) + '\n');
    }
    if (text != nullptr) {
      records_.sink().text(cda_narrative(*text));
    }
    const Section kind = section_of(section);
    for (const DataNode& child : section.children) {
      if (child.name == "entry") {
        read_entry(child, kind);
      } else if (child.name == "component") {
        read_body(child);
      }
    }
  }

  void read_entry(const DataNode& node, const Section& section) {
    for (const DataNode& child : node.children) {
      if (records_.full()) {
        return;
      }
      if (child.attribute("representation") == "B64") {
        read_file(&child);
      } else if (child.name == "author" || child.name == "performer") {
        write_named(child, label::kProvider);
      } else if (child.name == "value" && node.name == "observation") {
        write_observed(node, child, section);
      } else if (child.name == "code" && (node.name == "procedure" || node.name == "encounter")) {
        records_.field(label::kProcedure, cda_code(child));
      } else if (child.name == "code" && node.name == "organizer") {
        records_.field(label::kTest, cda_code(child));
      } else if (child.name == "code" && node.name == "manufacturedMaterial") {
        records_.field(section.drug_label, cda_code(child));
      } else if (child.name == "code" && node.name == "playingEntity") {
        records_.field(section.value_label, cda_code(child));
      } else if (child.name == "effectiveTime") {
        records_.field(label::kServiceDate, cda_date(&child));
      } else if (child.name == "observationMedia") {
        read_file(child.child("value"));
      } else {
        read_entry(child, section);
      }
    }
  }

  void write_observed(const DataNode& observation, const DataNode& value, const Section& section) {
    const bool coded = !value.attribute("code").empty() || !value.attribute("displayName").empty();
    const DataNode* const code = observation.child("code");
    if (coded && section.value_label != label::kResult) {
      return records_.field(section.value_label, cda_value(value));
    }
    records_.field(label::kTest, code == nullptr ? "" : cda_code(*code));
    records_.field(label::kResult, cda_value(value));
  }

  void read_file(const DataNode* content) {
    if (content == nullptr) {
      return;
    }
    if (content->attribute("representation") != "B64") {
      return records_.sink().text(cda_narrative(*content));
    }
    const std::string text = content->text();
    const auto file = decoded_file(trimmed(text));
    const std::string bytes = file ? *file : decode_base64_loosely(text);
    if (!bytes.empty()) {
      records_.sink().member("attachment", bytes);
    }
  }

  RecordWriter records_;
};

}  // namespace

bool is_cda(const DataNode& node) {
  return node.name == "ClinicalDocument" && node.child("recordTarget") != nullptr;
}

void read_cda(const DataNode& document, ReadingSink& sink) {
  CdaReader(sink).read(document);
}

}  // namespace phimilter::extract
