// SPDX-License-Identifier: Apache-2.0
#include "extract/flat_reader.h"

#include <algorithm>
#include <array>

#include "extract/embedded_base64.h"
#include "extract/record_values.h"
#include "extract/record_writer.h"
#include "extract/written_words.h"

namespace phimilter::extract {
namespace {

constexpr std::size_t kLongestKey = 100;

// Keys that say little without what they stand in: {"patient": {"name": ...}}.
bool needs_its_parent(std::string_view words) {
  constexpr std::array<std::string_view, 20> kWords{
      "name",   "id",     "number", "value",      "text",      "first",      "last",
      "given",  "family", "full",   "display",    "code",      "first name", "last name",
      "middle", "no",     "date",   "identifier", "full name", "type"};
  return std::find(kWords.begin(), kWords.end(), words) != kWords.end();
}

// Two values that name a field: {"key": "DOB", "value": "..."}, <field name="DOB">...</field>.
std::string_view named_key(const DataNode& node) {
  for (const std::string_view key : {"key", "field", "label", "name", "question"}) {
    const std::string_view value = trimmed(node.value_of(key));
    if (!value.empty() && value.size() <= kLongestKey) {
      return value;
    }
  }
  return {};
}

std::string_view named_value(const DataNode& node) {
  for (const std::string_view key : {"value", "text", "answer"}) {
    const std::string_view value = trimmed(node.value_of(key));
    if (!value.empty()) {
      return value;
    }
  }
  return trimmed(node.value);
}

std::string_view value_of_word(const DataNode& node, std::initializer_list<std::string_view> keys) {
  for (const DataNode& child : node.children) {
    const std::string words = words_of_key(child.name);
    if (!child.value.empty() && std::find(keys.begin(), keys.end(), words) != keys.end()) {
      return child.value;
    }
  }
  return {};
}

bool has_children(const DataNode& node) {
  return !node.children.empty();
}

class FlatWriter {
 public:
  explicit FlatWriter(ReadingSink& sink) : records_(sink) {}

  void write(const DataNode& node, std::string_view parent) {
    write_pair(node);
    write_name(node, parent);
    for (std::size_t i = 0; i < node.children.size() && !records_.full(); ++i) {
      const DataNode& child = node.children[i];
      const bool is_item = has_children(child) && is_repeated(node, i);
      if (is_item) {
        records_.end_record();
      }
      write_child(child, parent);
      if (is_item) {
        records_.end_record();
      }
    }
  }

 private:
  static bool is_repeated(const DataNode& parent, std::size_t i) {
    const std::string& name = parent.children[i].name;
    return (i > 0 && parent.children[i - 1].name == name) ||
           (i + 1 < parent.children.size() && parent.children[i + 1].name == name);
  }

  void write_child(const DataNode& child, std::string_view parent) {
    const std::string words = words_of_key(std::string_view(child.name).substr(0, kLongestKey));
    if (!child.value.empty()) {
      write_value(words.empty() ? std::string(parent) : with_parent(words, parent), child.value);
    }
    write(child, words.empty() ? parent : words);
  }

  static std::string with_parent(const std::string& words, std::string_view parent) {
    return needs_its_parent(words) ? joined({parent, words}, " ") : words;
  }

  void write_value(const std::string& label, std::string_view value) {
    if (const auto file = decoded_file(value)) {
      records_.sink().member(label + ".bin", *file);
      return;
    }
    records_.field(label.empty() ? "text" : label, value);
  }

  void write_pair(const DataNode& node) {
    const std::string_view key = named_key(node);
    const std::string_view value = key.empty() ? key : named_value(node);
    if (!value.empty() && value != key) {
      records_.field(words_of_key(key), value);
    }
  }

  void write_name(const DataNode& node, std::string_view parent) {
    const std::string_view last =
        value_of_word(node, {"last name", "family name", "surname", "lastname", "last", "family"});
    const std::string_view first = value_of_word(
        node, {"first name", "given name", "firstname", "first", "given", "forename"});
    if (!last.empty() && !first.empty()) {
      records_.field(joined({parent.find("name") == parent.npos ? parent : "", "name"}, " "),
                     written_name(last, first, value_of_word(node, {"middle name", "middle"}), ""));
    }
  }

  RecordWriter records_;
};

}  // namespace

void write_flat(const DataTree& tree, ReadingSink& sink) {
  FlatWriter(sink).write(tree.root, "");
  sink.text("\n");
}

}  // namespace phimilter::extract
