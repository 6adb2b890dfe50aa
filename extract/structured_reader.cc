// SPDX-License-Identifier: Apache-2.0
#include "extract/structured_reader.h"

#include <algorithm>
#include <string>

#include "extract/cda_reader.h"
#include "extract/fhir_reader.h"
#include "extract/flat_reader.h"
#include "extract/json_tree.h"
#include "extract/xml_tree.h"

namespace phimilter::extract {
namespace {

// Quoted mail: the marks at line starts would stand between the members.
std::string without_quote_marks(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  bool at_line_start = true;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool mark = at_line_start && text[i] == '>';
    const bool blank = at_line_start && text[i] == ' ' && text.substr(i + 1).starts_with('>');
    if (mark || blank) {
      continue;
    }
    out.push_back(text[i]);
    at_line_start = text[i] == '\n';
  }
  return out;
}

bool is_quoted(std::string_view text) {
  return text.starts_with("> ") || text.find("\n> ") != text.npos;
}

void note_cut(const DataTree& tree, ReadingSink& sink) {
  if (tree.cut) {
    sink.opaque("", Opaque::limit);
  }
}

void read_json_documents(std::string_view text, ReadingSink& sink) {
  FhirReader fhir(sink);
  while (!sink.full()) {
    const auto tree = next_json(text);
    if (!tree) {
      return;
    }
    note_cut(*tree, sink);
    for (const DataNode& node : tree->root.children) {
      if (is_fhir(node)) {
        fhir.read(node);
      }
    }
    const bool resources = !tree->root.children.empty() && is_fhir(tree->root.children.front());
    if (!resources) {
      write_flat(*tree, sink);
    }
  }
}

void read_xml_document(std::string_view text, ReadingSink& sink) {
  const auto start = find_xml(text);
  if (!start) {
    return;
  }
  const DataTree tree = parse_xml(text.substr(*start));
  note_cut(tree, sink);
  FhirReader fhir(sink);
  for (const DataNode& node : tree.root.children) {
    if (is_cda(node)) {
      read_cda(node, sink);
    } else if (is_fhir(node)) {
      fhir.read(node);
    }
  }
  const auto has_meaning = [](const DataNode& node) { return is_cda(node) || is_fhir(node); };
  if (std::none_of(tree.root.children.begin(), tree.root.children.end(), has_meaning)) {
    write_flat(tree, sink);
  }
}

}  // namespace

bool is_json(const Document& document) {
  return holds_json(document.bytes);
}

void read_json(const Document& document, ReadingSink& sink) {
  if (is_quoted(document.bytes)) {
    return read_json_documents(without_quote_marks(document.bytes), sink);
  }
  read_json_documents(document.bytes, sink);
}

bool is_xml(const Document& document) {
  return find_xml(document.bytes).has_value();
}

void read_xml(const Document& document, ReadingSink& sink) {
  const std::size_t start = find_xml(document.bytes).value_or(0);
  // A tag may end on a line of its own, so only marks before the document count.
  if (is_quoted(document.bytes.substr(0, start))) {
    return read_xml_document(without_quote_marks(document.bytes), sink);
  }
  read_xml_document(document.bytes, sink);
}

}  // namespace phimilter::extract
