// SPDX-License-Identifier: Apache-2.0
//
// XML from beginning to end, event by event: no tree, no recursion, no entity but the five of XML
// itself and characters by number, so that neither depth nor size nor a bomb of entities costs more
// than the bytes. It reads on where the rules of XML are broken and says so.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace phimilter::extract {

// The document as UTF-8, by its byte order mark or the encoding that it declares.
std::string xml_as_utf8(std::string_view bytes);

class XmlReader {
 public:
  enum class Event { start, end, text, done };

  // `utf8` must outlive the reader.
  explicit XmlReader(std::string_view utf8) : rest_(utf8) {}

  // An empty element is a start and an end.
  Event next();
  // Of the element that starts or ends, without its namespace prefix. Valid as long as the
  // document.
  std::string_view name() const { return name_; }
  // With it: "w:t".
  std::string_view full_name() const { return full_name_; }
  // Of the element that starts, by its name without prefix; the first if there are several.
  std::string attribute(std::string_view name) const;
  bool has_attribute(std::string_view name) const;
  // see(name with its prefix, value), of the element that starts.
  template <typename See>
  void for_each_attribute(See see) const {
    for (const auto& one : attributes_) {
      see(one.name, decoded(one.raw));
    }
  }
  // Character data, decoded.
  const std::string& text() const { return text_; }
  // Elements that are open; the one that starts or ends counts.
  std::size_t depth() const { return depth_; }
  // So far: end tags that fit, no declarations of entities, the last tag whole.
  bool broken() const { return broken_; }

 private:
  struct Attribute {
    std::string_view name;
    std::string_view raw;
  };

  static std::string decoded(std::string_view raw);
  Event read_text();
  Event read_tag();
  Event read_end(std::string_view name);
  void read_attributes(std::string_view inside);
  bool skip_declaration();
  std::string_view take_until(std::string_view end);

  std::string_view rest_;
  std::string_view name_;
  std::string_view full_name_;
  std::vector<Attribute> attributes_;
  std::string text_;
  std::vector<std::string_view> open_;
  std::size_t depth_ = 0;
  bool empty_element_ = false;
  bool after_end_ = false;
  bool broken_ = false;
};

}  // namespace phimilter::extract
