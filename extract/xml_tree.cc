// SPDX-License-Identifier: Apache-2.0
#include "extract/xml_tree.h"

#include <pugixml.hpp>

#include <algorithm>
#include <utility>

#include "extract/content_type.h"

namespace phimilter::extract {
namespace {

std::string_view without_prefix(std::string_view name) {
  const std::size_t colon = name.rfind(':');
  return colon == name.npos ? name : name.substr(colon + 1);
}

class TreeBuilder {
 public:
  explicit TreeBuilder(DataTree& tree) : tree_(tree) {}

  void add_children(const pugi::xml_node& from, DataNode& to, std::size_t depth) {
    if (depth > kTreeDepth) {
      tree_.cut = true;
      return;
    }
    for (const pugi::xml_node& child : from.children()) {
      if (child.type() == pugi::node_element) {
        add_element(child, to, depth);
      } else if (child.type() == pugi::node_pcdata || child.type() == pugi::node_cdata) {
        add_text(child.value(), to, from.first_child() == child && !child.next_sibling());
      }
    }
  }

 private:
  void add_element(const pugi::xml_node& element, DataNode& to, std::size_t depth) {
    DataNode node;
    node.name = without_prefix(element.name());
    for (const pugi::xml_attribute& attribute : element.attributes()) {
      const std::string_view name = attribute.name();
      if (name.starts_with("xmlns")) {
        continue;
      }
      DataNode value;
      value.name = "@" + std::string(without_prefix(name));
      value.value = attribute.value();
      keep(node, std::move(value));
    }
    add_children(element, node, depth + 1);
    keep(to, std::move(node));
  }

  void add_text(const char* text, DataNode& to, bool alone) {
    if (alone) {
      to.value = text;
      return;
    }
    DataNode node;
    node.value = text;
    keep(to, std::move(node));
  }

  void keep(DataNode& parent, DataNode&& child) {
    if (++nodes_ > kTreeNodes) {
      tree_.cut = true;
      return;
    }
    parent.children.push_back(std::move(child));
  }

  DataTree& tree_;
  std::size_t nodes_ = 0;
};

bool begins_element(std::string_view text) {
  const auto is_letter = [](char c) {
    const char lower = static_cast<char>(c | 0x20);
    return (lower >= 'a' && lower <= 'z') || c == '_';
  };
  return text.size() > 3 && text[0] == '<' && (is_letter(text[1]) || text.starts_with("<!--"));
}

}  // namespace

std::optional<std::size_t> find_xml(std::string_view text) {
  const std::size_t declaration = text.find("<?xml");
  if (declaration != text.npos) {
    return declaration;
  }
  for (const std::string_view name_space : {"urn:hl7-org:v3", "http://hl7.org/fhir"}) {
    const std::size_t at = text.find(name_space);
    const std::size_t start = at == text.npos ? at : text.rfind('<', at);
    if (start != text.npos && begins_element(text.substr(start))) {
      return start;
    }
  }
  const std::size_t first = std::min(text.find_first_not_of(" \t\r\n"), text.size());
  const bool xml = begins_element(text.substr(first)) && !looks_like_html(text.substr(first)) &&
                   (text.find("</", first) != text.npos || text.find("/>", first) != text.npos);
  return xml ? std::optional(first) : std::nullopt;
}

DataTree parse_xml(std::string_view text) {
  DataTree tree;
  pugi::xml_document document;
  constexpr unsigned kOptions =
      pugi::parse_cdata | pugi::parse_escapes | pugi::parse_eol | pugi::parse_wconv_attribute;
  // A fault ends the reading; what was read stays. The bytes are UTF-8, whatever they declare.
  static_cast<void>(document.load_buffer(text.data(), text.size(), kOptions, pugi::encoding_utf8));
  TreeBuilder(tree).add_children(document, tree.root, 0);
  return tree;
}

}  // namespace phimilter::extract
