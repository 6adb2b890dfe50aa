// SPDX-License-Identifier: Apache-2.0
#include "extract/fhir_values.h"

#include "extract/record_values.h"

namespace phimilter::extract {
namespace {

std::string all_values(const DataNode& node, std::string_view name, std::string_view separator) {
  std::string out;
  for (const DataNode& child : node.children) {
    const std::string_view value =
        child.name == name ? trimmed(child.own_value()) : std::string_view();
    out.append(out.empty() || value.empty() ? "" : separator).append(value);
  }
  return out;
}

}  // namespace

std::string fhir_name(const DataNode& human_name) {
  const std::string given = all_values(human_name, "given", " ");
  const std::string_view family = human_name.value_of("family");
  const std::string_view text = human_name.value_of("text");
  if (family.empty() && !text.empty()) {
    return std::string(text);
  }
  return written_name(family, given, "", all_values(human_name, "suffix", " "));
}

std::string fhir_address(const DataNode& address) {
  const std::string parts = written_address(
      all_values(address, "line", ", "), "", address.value_of("city"), address.value_of("state"),
      address.value_of("postalCode"), address.value_of("country"));
  return parts.empty() ? std::string(address.value_of("text")) : parts;
}

std::string fhir_concept(const DataNode& codeable_concept) {
  const DataNode* const inner = codeable_concept.child("concept");  // R5: CodeableReference
  const DataNode& said = inner == nullptr ? codeable_concept : *inner;
  const DataNode* const coding = said.child("coding");
  const DataNode& code = coding == nullptr ? said : *coding;
  const std::string_view text = said.value_of("text");
  const std::string_view display = code.value_of("display");
  return joined({code.value_of("code"), display, text == display ? "" : text}, " ");
}

std::string fhir_quantity(const DataNode& quantity) {
  const std::string_view unit = quantity.value_of("unit");
  const std::string_view code = unit.empty() ? quantity.value_of("code") : std::string_view();
  return joined({quantity.value_of("comparator"), quantity.value_of("value"), unit, code,
                 quantity.value_of("currency")},
                " ");
}

std::string fhir_date(std::string_view date_time) {
  return std::string(date_time.substr(0, date_time.find('T')));
}

std::string_view fhir_reference_id(std::string_view reference) {
  const std::size_t version = reference.find("/_history");
  reference = reference.substr(0, version);
  const std::size_t cut = reference.find_last_of("/:#");
  return cut == reference.npos ? reference : reference.substr(cut + 1);
}

std::string_view fhir_reference_type(std::string_view reference) {
  reference = reference.substr(0, reference.find("/_history"));
  const std::size_t last = reference.rfind('/');
  if (last == reference.npos || last == 0) {
    return {};
  }
  const std::string_view before = reference.substr(0, last);
  return before.substr(before.rfind('/') + 1);  // npos + 1 is the start
}

}  // namespace phimilter::extract
