// SPDX-License-Identifier: Apache-2.0
#include "extract/xml_reader.h"

#include <algorithm>
#include <charconv>

#include "base/encoding.h"
#include "extract/charset.h"
#include "extract/utf8.h"

namespace phimilter::extract {
namespace {

constexpr std::size_t npos = std::string_view::npos;
// Deeper elements are not remembered by name: their end tags are not checked.
constexpr std::size_t kRememberedDepth = 10'000;
constexpr std::size_t kAttributes = 1000;  // of one element; what comes behind is not read
constexpr std::size_t kLongestReference = 12;
constexpr std::string_view kBlanks = " \t\r\n";

std::string_view without_prefix(std::string_view name) {
  const std::size_t colon = name.find(':');
  return colon == npos ? name : name.substr(colon + 1);
}

char32_t number_of(std::string_view digits, int base) {
  std::uint32_t number = 0;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), number, base);
  const bool valid = error == std::errc() && end == digits.data() + digits.size() && number > 0 &&
                     number <= 0x10FFFF && (number < 0xD800 || number > 0xDFFF);
  return valid ? number : 0;
}

// 0: none that XML knows.
char32_t character_of(std::string_view reference) {
  if (reference.starts_with("#x") || reference.starts_with("#X")) {
    return number_of(reference.substr(2), 16);
  }
  if (reference.starts_with('#')) {
    return number_of(reference.substr(1), 10);
  }
  return reference == "amp"    ? U'&'
         : reference == "lt"   ? U'<'
         : reference == "gt"   ? U'>'
         : reference == "quot" ? U'"'
         : reference == "apos" ? U'\''
                               : U'\0';
}

void append_decoded(std::string& out, std::string_view raw) {
  while (!raw.empty()) {
    const std::size_t start = std::min(raw.find('&'), raw.size());
    out.append(raw.substr(0, start));
    raw.remove_prefix(start);
    if (raw.empty()) {
      return;
    }
    const std::size_t end = raw.substr(0, kLongestReference).find(';');
    const char32_t character = end == npos ? U'\0' : character_of(raw.substr(1, end - 1));
    if (character == U'\0') {
      out.push_back('&');
      raw.remove_prefix(1);
    } else {
      append_utf8(out, character);
      raw.remove_prefix(end + 1);
    }
  }
}

// Where the tag ends: behind quotes, '>' is a character like others. The end of all if it has none.
std::size_t tag_end(std::string_view tag) {
  char quote = '\0';
  for (std::size_t i = 0; i < tag.size(); ++i) {
    const char c = tag[i];
    if (quote != '\0') {
      quote = c == quote ? '\0' : quote;
    } else if (c == '>') {
      return i;
    } else if (c == '"' || c == '\'') {
      quote = c;
    }
  }
  return npos;
}

std::string declared_encoding(std::string_view head) {
  const std::size_t end = head.find("?>");
  const std::size_t at = head.substr(0, end).find("encoding");
  if (!head.starts_with("<?xml") || end == npos || at == npos) {
    return "";
  }
  const std::size_t open = head.find_first_of("\"'", at);
  const std::size_t close = open == npos ? npos : head.find(head[open], open + 1);
  return close == npos || close > end ? "" : ascii_lower(head.substr(open + 1, close - open - 1));
}

}  // namespace

std::string xml_as_utf8(std::string_view bytes) {
  const std::string encoding = declared_encoding(bytes.substr(0, 200));
  const bool ascii_like = encoding.empty() || encoding == "utf-8" || encoding.starts_with("utf-16");
  if (ascii_like && is_utf8(bytes) && bytes.substr(0, 200).find('\0') == npos) {
    return std::string(bytes.starts_with("\xEF\xBB\xBF") ? bytes.substr(3) : bytes);
  }
  return decode_charset(bytes, encoding.starts_with("utf-16") ? "" : encoding).text;
}

XmlReader::Event XmlReader::next() {
  if (after_end_) {
    after_end_ = false;
    --depth_;
  }
  if (empty_element_) {
    empty_element_ = false;
    after_end_ = true;
    return Event::end;
  }
  while (!rest_.empty()) {
    if (rest_[0] != '<' || rest_.starts_with("<![CDATA[")) {
      return read_text();
    }
    if (!skip_declaration()) {
      return read_tag();
    }
  }
  broken_ = broken_ || depth_ > 0;
  return Event::done;
}

std::string_view XmlReader::take_until(std::string_view end) {
  const std::size_t at = rest_.find(end);
  broken_ = broken_ || at == npos;
  const std::string_view taken = rest_.substr(0, at);
  rest_.remove_prefix(at == npos ? rest_.size() : at + end.size());
  return taken;
}

// Text and CDATA up to the next tag; comments between do not break a word.
XmlReader::Event XmlReader::read_text() {
  text_.clear();
  while (!rest_.empty()) {
    if (rest_.starts_with("<![CDATA[")) {
      rest_.remove_prefix(9);
      text_.append(take_until("]]>"));
    } else if (rest_[0] != '<') {
      const std::size_t end = std::min(rest_.find('<'), rest_.size());
      append_decoded(text_, rest_.substr(0, end));
      rest_.remove_prefix(end);
    } else if (!skip_declaration()) {
      break;
    }
  }
  return Event::text;
}

// Comments, processing instructions and document types. What a document type declares is not read,
// and the document counts as broken: office formats have none.
bool XmlReader::skip_declaration() {
  if (rest_.starts_with("<!--")) {
    take_until("-->");
    return true;
  }
  if (rest_.starts_with("<?")) {
    take_until("?>");
    return true;
  }
  if (!rest_.starts_with("<!") || rest_.starts_with("<![CDATA[")) {
    return false;
  }
  broken_ = true;
  const std::size_t end = tag_end(rest_);
  const std::size_t subset = rest_.substr(0, end).find('[');
  if (subset != npos) {
    rest_.remove_prefix(subset);
    take_until("]>");
  } else {
    rest_.remove_prefix(end == npos ? rest_.size() : end + 1);
  }
  return true;
}

XmlReader::Event XmlReader::read_tag() {
  const std::size_t end = tag_end(rest_);
  broken_ = broken_ || end == npos;
  std::string_view inside = rest_.substr(1, end == npos ? npos : end - 1);
  broken_ = broken_ || inside.find('<') != npos;
  rest_.remove_prefix(end == npos ? rest_.size() : end + 1);
  if (inside.starts_with('/')) {
    return read_end(inside.substr(1));
  }
  empty_element_ = inside.ends_with('/');
  inside.remove_suffix(empty_element_ ? 1 : 0);
  full_name_ = inside.substr(0, inside.find_first_of(kBlanks));
  name_ = without_prefix(full_name_);
  read_attributes(inside.substr(full_name_.size()));
  ++depth_;
  if (!empty_element_ && depth_ <= kRememberedDepth) {
    open_.push_back(full_name_);
  }
  return Event::start;
}

XmlReader::Event XmlReader::read_end(std::string_view name) {
  full_name_ = name.substr(0, name.find_first_of(kBlanks));
  name_ = without_prefix(full_name_);
  attributes_.clear();
  if (depth_ == 0) {
    broken_ = true;
    depth_ = 1;  // an end without a start: the caller counts on both
  } else if (depth_ == open_.size()) {
    broken_ = broken_ || open_.back() != full_name_;
    open_.pop_back();
  }
  after_end_ = true;
  return Event::end;
}

void XmlReader::read_attributes(std::string_view inside) {
  attributes_.clear();
  while (true) {
    const std::size_t start = std::min(inside.find_first_not_of(kBlanks), inside.size());
    inside.remove_prefix(start);
    const std::size_t equals = inside.find('=');
    if (equals == npos) {
      return;
    }
    const std::string_view name = trim(inside.substr(0, equals));
    inside.remove_prefix(equals + 1);
    inside.remove_prefix(std::min(inside.find_first_not_of(kBlanks), inside.size()));
    const bool quoted = inside.starts_with('"') || inside.starts_with('\'');
    const std::size_t end =
        quoted ? inside.find(inside[0], 1) : std::min(inside.find_first_of(kBlanks), inside.size());
    if (end == npos) {
      broken_ = true;
      return;
    }
    if (attributes_.size() >= kAttributes) {
      broken_ = true;
      return;
    }
    attributes_.push_back({name, inside.substr(quoted ? 1 : 0, end - (quoted ? 1 : 0))});
    inside.remove_prefix(std::min(end + 1, inside.size()));
  }
}

std::string XmlReader::decoded(std::string_view raw) {
  std::string value;
  append_decoded(value, raw);
  return value;
}

bool XmlReader::has_attribute(std::string_view name) const {
  return std::any_of(attributes_.begin(), attributes_.end(), [&](const Attribute& attribute) {
    return without_prefix(attribute.name) == name;
  });
}

std::string XmlReader::attribute(std::string_view name) const {
  std::string value;
  for (const auto& attribute : attributes_) {
    if (without_prefix(attribute.name) == name) {
      append_decoded(value, attribute.raw);
      break;
    }
  }
  return value;
}

}  // namespace phimilter::extract
