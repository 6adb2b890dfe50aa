// SPDX-License-Identifier: Apache-2.0
//
// FHIR resources and bundles, from JSON, NDJSON or XML, as labelled lines. The resources of one
// patient are one record; where there are several patients, each resource is a record and begins
// with whom it is about.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "extract/data_tree.h"
#include "extract/format_reader.h"

namespace phimilter::extract {

// Whether a node (the root of a JSON document, an XML element) is a resource.
bool is_fhir(const DataNode& node);

// Keeps the names of patients from one resource to the next.
class FhirReader {
 public:
  explicit FhirReader(ReadingSink& sink) : sink_(sink) {}
  void read(const DataNode& node);

 private:
  ReadingSink& sink_;
  std::map<std::string, std::string, std::less<>> patients_;  // by id
};

}  // namespace phimilter::extract
