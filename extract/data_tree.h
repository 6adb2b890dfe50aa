// SPDX-License-Identifier: Apache-2.0
//
// A JSON or XML document as one kind of tree. Items of an array are children of one name; an
// attribute is a child "@name"; text between elements is a child without a name.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace phimilter::extract {

inline constexpr std::size_t kTreeDepth = 100;      // what stands deeper is left out
inline constexpr std::size_t kTreeNodes = 400'000;  // what comes later is left out

struct DataNode {
  std::string name;  // of an XML element without its prefix
  std::string value;
  std::vector<DataNode> children;

  const DataNode* child(std::string_view name) const;  // the first
  // Steps down by the first child of each name; nullptr where one is missing.
  const DataNode* at(std::initializer_list<std::string_view> path) const;
  // The value of a JSON member, of an attribute, or of the attribute "value" (FHIR in XML).
  std::string_view value_of(std::string_view name) const;
  std::string_view attribute(std::string_view name) const;
  std::string_view own_value() const;
  // All text under it, without what stands in attributes.
  std::string text() const;
};

struct DataTree {
  DataNode root;
  bool cut = false;  // something was left out
};

}  // namespace phimilter::extract
