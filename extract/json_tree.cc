// SPDX-License-Identifier: Apache-2.0
#include "extract/json_tree.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>

#include "extract/utf8.h"

namespace phimilter::extract {
namespace {

constexpr std::string_view kBlanks = " \t\n\r";
constexpr std::size_t kLongestKey = 200;

bool is_high_surrogate(std::uint32_t unit) {
  return unit >= 0xD800 && unit < 0xDC00;
}
bool is_low_surrogate(std::uint32_t unit) {
  return unit >= 0xDC00 && unit < 0xE000;
}

class JsonParser {
 public:
  explicit JsonParser(std::string_view text) : text_(text) {}

  DataTree parse() {
    DataTree tree;
    add_value("", tree.root, 0);
    tree.cut = cut_;
    return tree;
  }

  std::size_t position() const { return at_; }

 private:
  void skip_blanks() { at_ = std::min(text_.find_first_not_of(kBlanks, at_), text_.size()); }
  bool at_end() const { return at_ >= text_.size(); }
  char here() const { return at_end() ? '\0' : text_[at_]; }

  // Adds a value to `parent` under the name; the items of an array each. Returns false when the
  // text cannot be understood further.
  bool add_value(const std::string& name, DataNode& parent, std::size_t depth) {
    skip_blanks();
    if (depth > kTreeDepth) {
      cut_ = true;
      return false;
    }
    if (here() == '[') {
      return add_items(name, parent, depth);
    }
    DataNode node;
    node.name = name;
    const bool goes_on = read_single(node, depth);
    keep(parent, std::move(node));
    return goes_on;
  }

  bool read_single(DataNode& node, std::size_t depth) {
    if (here() == '{') {
      return read_members(node, depth);
    }
    if (here() == '"') {
      node.value = string();
      return true;
    }
    return literal(node);
  }

  bool read_members(DataNode& node, std::size_t depth) {
    ++at_;
    while (next_member('}')) {
      if (here() != '"') {
        return false;
      }
      const std::string name = string();
      skip_blanks();
      if (here() != ':') {
        return false;
      }
      ++at_;
      if (!add_value(name, node, depth + 1)) {
        return false;
      }
    }
    return closed('}');
  }

  bool add_items(const std::string& name, DataNode& parent, std::size_t depth) {
    ++at_;
    while (next_member(']')) {
      if (!add_value(name, parent, depth + 1)) {
        return false;
      }
    }
    return closed(']');
  }

  // Stands at the next member, or at the closing bracket, or at the end.
  bool next_member(char closing) {
    skip_blanks();
    while (here() == ',') {
      ++at_;
      skip_blanks();
    }
    return !at_end() && here() != closing;
  }

  bool closed(char closing) {
    const bool is_closed = here() == closing;
    at_ += is_closed ? 1 : 0;
    return is_closed;
  }

  void keep(DataNode& parent, DataNode&& child) {
    if (nodes_ >= kTreeNodes) {
      cut_ = true;
      return;
    }
    ++nodes_;
    parent.children.push_back(std::move(child));
  }

  bool literal(DataNode& node) {
    const std::size_t end = std::min(text_.find_first_of(",]}\" \t\n\r", at_), text_.size());
    node.value = text_.substr(at_, end - at_);
    const bool any = end > at_;
    at_ = end;
    if (node.value == "null") {
      node.value.clear();
    }
    return any;
  }

  std::string string() {
    std::string out;
    ++at_;
    while (!at_end() && here() != '"') {
      const std::size_t end = std::min(text_.find_first_of("\"\\", at_), text_.size());
      out.append(text_.substr(at_, end - at_));
      at_ = end;
      if (here() == '\\') {
        escape(out);
      }
    }
    at_ = std::min(at_ + 1, text_.size());
    return out;
  }

  void escape(std::string& out) {
    constexpr std::string_view kNames = "bfnrt";
    constexpr std::string_view kMeanings = "\b\f\n\r\t";
    ++at_;
    const char c = here();
    if (c == 'u') {
      ++at_;
      append_utf8(out, code_point());
      return;
    }
    const std::size_t known = kNames.find(c);
    if (!at_end()) {
      out.push_back(known == kNames.npos ? c : kMeanings[known]);
      ++at_;
    }
  }

  char32_t code_point() {
    const std::uint32_t first = unit();
    if (is_high_surrogate(first) && text_.substr(at_, 2) == "\\u") {
      at_ += 2;
      const std::uint32_t second = unit();
      return is_low_surrogate(second)
                 ? char32_t{0x10000} + ((first - 0xD800) << 10) + (second - 0xDC00)
                 : char32_t{0xFFFD};
    }
    return is_high_surrogate(first) || is_low_surrogate(first) ? char32_t{0xFFFD} : first;
  }

  std::uint32_t unit() {
    std::uint32_t value = 0;
    for (int i = 0; i < 4 && !at_end(); ++i, ++at_) {
      const std::size_t digit =
          std::string_view("0123456789abcdef").find(static_cast<char>(here() | 0x20));
      if (digit == std::string_view::npos) {
        return 0xFFFD;
      }
      value = value * 16 + static_cast<std::uint32_t>(digit);
    }
    return value;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t nodes_ = 0;
  bool cut_ = false;
};

// An object whose first key is quoted, or an array of objects or strings.
bool begins_json(std::string_view text) {
  constexpr std::string_view kGap = " \t\n\r>";  // quote marks of mail too
  const std::size_t next = text.find_first_not_of(kGap, 1);
  if (next == text.npos) {
    return false;
  }
  if (text.front() == '[') {
    return text[next] == '{';
  }
  const std::size_t end =
      text[next] == '"' ? text.substr(0, next + kLongestKey).find('"', next + 1) : text.npos;
  const std::size_t colon = end == text.npos ? end : text.find_first_not_of(kGap, end + 1);
  return colon != text.npos && text[colon] == ':';
}

std::size_t find_json(std::string_view text) {
  std::size_t at = text.find_first_of("{[");
  while (at != text.npos && !begins_json(text.substr(at))) {
    at = text.find_first_of("{[", at + 1);
  }
  return at;
}

}  // namespace

bool holds_json(std::string_view text) {
  return find_json(text) != text.npos;
}

std::optional<DataTree> next_json(std::string_view& text) {
  const std::size_t start = find_json(text);
  if (start == text.npos) {
    text = {};
    return std::nullopt;
  }
  JsonParser parser(text.substr(start));
  DataTree tree = parser.parse();
  text.remove_prefix(std::min(start + std::max<std::size_t>(parser.position(), 1), text.size()));
  return tree;
}

}  // namespace phimilter::extract
