// SPDX-License-Identifier: Apache-2.0
#include "extract/cda_values.h"

#include <algorithm>
#include <array>

#include "extract/record_values.h"

namespace phimilter::extract {
namespace {

std::string all_texts(const DataNode& node, std::string_view name, std::string_view separator) {
  std::string out;
  for (const DataNode& child : node.children) {
    const std::string text = child.name == name ? child.text() : "";
    const std::string_view content = trimmed(text);
    out.append(out.empty() || content.empty() ? "" : separator).append(content);
  }
  return out;
}

class NarrativeWriter {
 public:
  void write(const DataNode& node) {
    append(node.value);
    for (const DataNode& child : node.children) {
      if (child.name.starts_with('@')) {
        continue;
      }
      if (is_cell(child.name)) {
        write_cell(child);
      } else if (is_block(child.name)) {
        end_line();
        write(child);
        end_line();
      } else {
        write(child);
      }
    }
  }

  std::string take() {
    end_line();
    return std::move(text_);
  }

 private:
  static bool is_cell(std::string_view name) { return name == "td" || name == "th"; }

  bool is_block(std::string_view name) const {
    constexpr std::array<std::string_view, 8> kBlocks{"paragraph", "item",  "list", "br",
                                                      "caption",   "table", "tr",   "footnote"};
    return !in_cell_ && std::find(kBlocks.begin(), kBlocks.end(), name) != kBlocks.end();
  }

  void write_cell(const DataNode& cell) {
    if (!line_.empty()) {
      line_.push_back('\t');
    }
    const bool outer = in_cell_;
    in_cell_ = true;
    write(cell);
    in_cell_ = outer;
  }

  void append(std::string_view words) {
    const std::string_view content = trimmed(words);
    if (content.empty()) {
      return;
    }
    if (!line_.empty() && line_.back() != '\t') {
      line_.push_back(' ');
    }
    for (const char c : content) {
      const bool blank = c == '\n' || c == '\t' || c == '\r' || c == ' ';
      if (!blank || line_.back() != ' ') {
        line_.push_back(blank ? ' ' : c);
      }
    }
  }

  void end_line() {
    if (!trimmed(line_).empty()) {
      text_.append(line_).push_back('\n');
    }
    line_.clear();
  }

  std::string text_;
  std::string line_;
  bool in_cell_ = false;
};

}  // namespace

std::string cda_name(const DataNode& name) {
  const std::string family = all_texts(name, "family", " ");
  if (family.empty()) {
    return std::string(trimmed(name.text()));
  }
  return written_name(family, all_texts(name, "given", " "), "", all_texts(name, "suffix", " "));
}

std::string cda_address(const DataNode& addr) {
  const std::string street = all_texts(addr, "streetAddressLine", ", ");
  if (street.empty()) {
    return std::string(trimmed(addr.text()));
  }
  return written_address(street, "", all_texts(addr, "city", " "), all_texts(addr, "state", " "),
                         all_texts(addr, "postalCode", " "), all_texts(addr, "country", " "));
}

std::string cda_code(const DataNode& code) {
  const DataNode* const translation = code.child("translation");
  const DataNode* const original = code.child("originalText");
  const std::string_view display = code.attribute("displayName");
  const std::string text = original == nullptr ? "" : original->text();
  const std::string other = translation == nullptr ? "" : cda_code(*translation);
  const std::string own = joined({code.attribute("code"), display}, " ");
  return joined({own, text == display ? "" : text, other == own ? "" : other}, " ");
}

std::string cda_value(const DataNode& value) {
  const std::string coded = cda_code(value);
  if (!coded.empty()) {
    return coded;
  }
  const DataNode* const low = value.child("low");
  const DataNode* const high = value.child("high");
  if (low != nullptr || high != nullptr) {
    return joined({low == nullptr ? "" : cda_value(*low), high == nullptr ? "" : cda_value(*high)},
                  " - ");
  }
  const std::string quantity = joined({value.attribute("value"), value.attribute("unit")}, " ");
  return quantity.empty() ? std::string(trimmed(value.text())) : quantity;
}

std::string cda_date(const DataNode* time) {
  if (time == nullptr) {
    return "";
  }
  const DataNode* const low = time->child("low");
  const std::string_view value = time->attribute("value");
  return written_date(value.empty() && low != nullptr ? low->attribute("value") : value);
}

std::string cda_narrative(const DataNode& text) {
  NarrativeWriter writer;
  writer.write(text);
  return writer.take();
}

}  // namespace phimilter::extract
