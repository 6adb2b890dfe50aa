// SPDX-License-Identifier: Apache-2.0
#include "extract/fhir_reader.h"

#include <algorithm>

#include "extract/embedded_base64.h"
#include "extract/fhir_fields.h"
#include "extract/fhir_values.h"
#include "extract/hl7_fields.h"
#include "extract/html_text.h"
#include "extract/record_labels.h"
#include "extract/record_values.h"
#include "extract/record_writer.h"

namespace phimilter::extract {
namespace {

constexpr std::size_t kPatients = 20'000;  // whose names are kept
constexpr std::size_t kLongestName = 200;

bool begins_upper(std::string_view text) {
  return !text.empty() && text.front() >= 'A' && text.front() <= 'Z';
}

struct Resource {
  std::string_view type;
  const DataNode* node = nullptr;
};

// {"resourceType": "Patient", ...}, <Patient>, or what holds one of them: <resource><Patient>.
Resource resource_of(const DataNode& node) {
  const std::string_view type = node.value_of("resourceType");
  if (!type.empty()) {
    return {type, &node};
  }
  if (begins_upper(node.name)) {
    return {node.name, &node};
  }
  for (const DataNode& child : node.children) {
    if (begins_upper(child.name)) {
      return {child.name, &child};
    }
  }
  return {};
}

bool is_resource_holder(std::string_view name) {
  return name == "resource" || name == "contained";
}

std::size_t count_patients(const DataNode& node) {
  std::size_t count = resource_of(node).type == "Patient" ? 1 : 0;
  for (const DataNode& entry : node.children) {
    const DataNode* const resource = entry.child("resource");
    count += resource != nullptr && resource_of(*resource).type == "Patient" ? 1 : 0;
  }
  return count;
}

std::string_view identifier_label(const DataNode& identifier, std::string_view otherwise) {
  const std::string_view system = identifier.value_of("system");
  if (system.ends_with("us-ssn") || system.ends_with("2.16.840.1.113883.4.1")) {
    return label::kSocialSecurityNumber;
  }
  if (system.ends_with("us-mbi") || system.ends_with("us-medicare")) {
    return label::kMemberId;
  }
  const DataNode* const coding = identifier.at({"type", "coding"});
  const DataNode* const type = identifier.child("type");
  const std::string_view by_text = hl7_identifier_label(
      type == nullptr ? std::string_view() : type->value_of("text"), otherwise);
  return coding == nullptr ? by_text : hl7_identifier_label(coding->value_of("code"), by_text);
}

class ResourceWriter {
 public:
  // `one_patient`: nobody needs to be told whom a resource is about.
  ResourceWriter(RecordWriter& records, bool one_patient,
                 const std::map<std::string, std::string, std::less<>>& patients)
      : records_(records), patients_(patients), one_patient_(one_patient) {}

  void write(const DataNode& node, const FhirResource& resource) {
    for (const DataNode& child : node.children) {
      if (records_.full()) {
        return;
      }
      if (!is_resource_holder(child.name)) {
        write_child(child, resource);
      }
    }
  }

 private:
  void write_child(const DataNode& child, const FhirResource& resource) {
    if (child.name == "name") {
      return write_name(child, resource);
    }
    if (child.name == "identifier" && !resource.identifier.empty()) {
      return write_identifier(child, resource);
    }
    if (child.name == "telecom" || child.name == "address") {
      return resource.is_private ? write_reachability(child) : void();
    }
    if (child.name == "extension" || child.name == "modifierExtension") {
      return write_extension(child);
    }
    if (child.name == "data" || child.name == "div") {
      return write_content(child);
    }
    if (child.name == "period" || child.name.ends_with("Period") || child.name == "start") {
      return write_time(child, resource);
    }
    if (child.name == "item" && !child.value_of("text").empty()) {
      write_answer(child);
    }
    if (child.name == "class" && resource.type == "Coverage") {
      records_.field(label::kGroupNumber, child.value_of("value"));
      return records_.field(label::kInsurancePlan, child.value_of("name"));
    }
    const FhirField* const field = fhir_field(child.name);
    if (field == nullptr || !write_field(child, *field, resource)) {
      write_inner(child, resource);
    }
  }

  void write_inner(const DataNode& child, const FhirResource& resource) {
    FhirResource inner = resource;
    if (child.name == "contact") {
      inner.name = resource.is_private ? label::kRelativeName : label::kContactName;
    } else if (child.name == "type" &&
               (resource.type == "DocumentReference" || resource.type == "Composition")) {
      return records_.field(label::kDocument, fhir_concept(child));
    }
    write(child, inner);
  }

  void write_name(const DataNode& name, const FhirResource& resource) {
    const std::string said =
        name.own_value().empty() ? fhir_name(name) : std::string(name.own_value());
    records_.field(resource.name.empty() ? label::kContactName : resource.name, said);
  }

  void write_identifier(const DataNode& identifier, const FhirResource& resource) {
    const std::string_view label = identifier_label(identifier, resource.identifier);
    const std::string_view value = identifier.value_of("value");
    records_.field(label, label == label::kSocialSecurityNumber
                              ? written_social_security_number(value)
                              : std::string(value));
  }

  void write_reachability(const DataNode& child) {
    if (child.name == "address") {
      return records_.field(label::kAddress, fhir_address(child));
    }
    const std::string_view system = child.value_of("system");
    const std::string_view value = child.value_of("value");
    records_.field(
        system == "email" || value.find('@') != value.npos ? label::kEmail : label::kPhone,
        written_phone(value));
  }

  void write_extension(const DataNode& extension) {
    if (extension.value_of("url").ends_with("mothersMaidenName")) {
      records_.field(label::kMothersName, extension.value_of("valueString"));
    }
  }

  // An attachment's bytes, or the narrative that people read.
  void write_content(const DataNode& content) {
    if (content.name == "data") {
      const auto file = decoded_file(content.own_value());
      return file ? records_.sink().member("attachment", *file) : void();
    }
    records_.field(label::kNote, content.value.empty() ? content.text() : html_text(content.value));
  }

  void write_time(const DataNode& child, const FhirResource& resource) {
    const bool stay = resource.type == "Encounter";
    if (child.name == "start") {
      return records_.field(
          resource.type == "Appointment" ? label::kAppointment : label::kServiceDate,
          child.own_value());
    }
    records_.field(stay ? label::kAdmissionDate : label::kServiceDate,
                   fhir_date(child.value_of("start")));
    records_.field(stay ? label::kDischargeDate : label::kServiceDate,
                   fhir_date(child.value_of("end")));
  }

  // QuestionnaireResponse: the question is the label.
  void write_answer(const DataNode& item) {
    for (const DataNode& answer : item.children) {
      if (answer.name != "answer") {
        continue;
      }
      for (const DataNode& value : answer.children) {
        const std::string said =
            value.own_value().empty() ? fhir_concept(value) : std::string(value.own_value());
        records_.field(item.value_of("text").substr(0, kLongestName), said);
      }
    }
  }

  // Returns false for an element of another type under the same key.
  bool write_field(const DataNode& child, const FhirField& field, const FhirResource& resource) {
    switch (field.type) {
      case FhirType::date:
        records_.field(field.label, fhir_date(child.own_value()));
        return true;
      case FhirType::text:
        records_.field(field.label, child.own_value());
        return true;
      case FhirType::annotation:
        records_.field(field.label, child.value_of("text"));
        return true;
      case FhirType::quantity: {
        const bool is_quantity = !child.value_of("value").empty();
        records_.field(field.label, is_quantity ? fhir_quantity(child) : "");
        return is_quantity;
      }
      case FhirType::coded: {
        const std::string said = fhir_concept(child);
        const std::string_view label = field.label.empty() ? resource.code : field.label;
        records_.field(label.empty() ? label::kNote : label, said);
        return !said.empty();
      }
      case FhirType::reference:
        return write_reference(child, field);
    }
    return false;
  }

  bool write_reference(const DataNode& child, const FhirField& field) {
    const std::string_view reference = child.value_of("reference");
    const std::string_view display = child.value_of("display");
    const std::string_view type =
        child.value_of("type").empty() ? fhir_reference_type(reference) : child.value_of("type");
    const std::string_view by_type = fhir_person_label(type);
    const std::string_view label = by_type.empty() ? field.label : by_type;
    const auto known = patients_.find(fhir_reference_id(reference));
    if (one_patient_ && known != patients_.end()) {
      return true;
    }
    records_.field(label.empty() ? label::kContactName : label, display);
    if (label == label::kPatientName) {
      records_.field(label::kPatientId, fhir_reference_id(reference));
      records_.field(label::kPatientName,
                     display.empty() && known != patients_.end() ? known->second : "");
    }
    return !reference.empty() || !display.empty();
  }

  RecordWriter& records_;
  const std::map<std::string, std::string, std::less<>>& patients_;
  const bool one_patient_;
};

}  // namespace

bool is_fhir(const DataNode& node) {
  if (begins_upper(node.value_of("resourceType"))) {
    return true;
  }
  if (!begins_upper(node.name)) {
    return false;
  }
  const FhirResource resource = fhir_resource(node.name);
  const bool known = node.name == "Bundle" || !resource.name.empty() || !resource.code.empty() ||
                     !resource.identifier.empty();
  // XML gives its values in attributes: <birthDate value="..."/>.
  return known && std::none_of(node.children.begin(), node.children.end(), [](const auto& child) {
           return !child.name.starts_with('@') && !child.value.empty();
         });
}

void FhirReader::read(const DataNode& node) {
  RecordWriter records(sink_);
  const bool one_patient = count_patients(node) <= 1 && node.child("entry") != nullptr;
  std::vector<const DataNode*> waiting{&node};
  while (!waiting.empty() && !sink_.full()) {
    const Resource resource = resource_of(*waiting.back());
    waiting.pop_back();
    if (resource.node == nullptr) {
      continue;
    }
    const DataNode* const name = resource.node->child("name");
    const std::string_view id = resource.node->value_of("id");
    if (resource.type == "Patient" && name != nullptr && patients_.size() < kPatients) {
      patients_.insert_or_assign(std::string(id), fhir_name(*name).substr(0, kLongestName));
    }
    if (resource.type == "Patient") {
      records.field(label::kPatientId, id);
    }
    ResourceWriter(records, one_patient, patients_)
        .write(*resource.node, fhir_resource(resource.type));
    if (!one_patient) {
      records.end_record();
    }
    std::vector<const DataNode*> inner;
    for (const DataNode& child : resource.node->children) {
      const DataNode* const entry = child.child("resource");
      if (entry != nullptr || is_resource_holder(child.name)) {
        inner.push_back(entry == nullptr ? &child : entry);
      }
    }
    waiting.insert(waiting.end(), inner.rbegin(), inner.rend());
  }
  records.end_record();
}

}  // namespace phimilter::extract
