// SPDX-License-Identifier: Apache-2.0
#include "extract/data_tree.h"

#include <algorithm>

namespace phimilter::extract {
namespace {

void append_text(const DataNode& node, std::string& out) {
  out.append(node.value);
  for (const DataNode& child : node.children) {
    if (!child.name.starts_with('@')) {
      out.append(out.empty() || out.back() == ' ' || child.name.empty() ? "" : " ");
      append_text(child, out);
    }
  }
}

}  // namespace

const DataNode* DataNode::child(std::string_view wanted) const {
  const auto found = std::find_if(children.begin(), children.end(),
                                  [&](const DataNode& node) { return node.name == wanted; });
  return found == children.end() ? nullptr : &*found;
}

const DataNode* DataNode::at(std::initializer_list<std::string_view> path) const {
  const DataNode* node = this;
  for (const std::string_view step : path) {
    node = node == nullptr ? nullptr : node->child(step);
  }
  return node;
}

std::string_view DataNode::own_value() const {
  return value.empty() ? attribute("value") : std::string_view(value);
}

std::string_view DataNode::value_of(std::string_view wanted) const {
  const DataNode* const node = child(wanted);
  return node == nullptr ? attribute(wanted) : node->own_value();
}

std::string_view DataNode::attribute(std::string_view wanted) const {
  for (const DataNode& node : children) {
    if (node.name.size() == wanted.size() + 1 && node.name.front() == '@' &&
        std::string_view(node.name).substr(1) == wanted) {
      return node.value;
    }
  }
  return {};
}

std::string DataNode::text() const {
  std::string out;
  append_text(*this, out);
  return out;
}

}  // namespace phimilter::extract
