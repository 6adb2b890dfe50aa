// SPDX-License-Identifier: Apache-2.0
#include "extract/html_guard.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <unordered_map>

#include "base/encoding.h"

namespace phimilter::extract {
namespace {

// Half of what browsers take (Blink: 512), and more than twenty years of quoted replies need.
constexpr std::size_t kDeepest = 256;
constexpr std::size_t kAttributes = 256;
constexpr std::size_t kLongestName = 64;

// They have no content, or their end is implied by what follows: they do not add up.
constexpr std::array<std::string_view, 18> kFlat{
    "area", "base",  "br",     "col",   "embed", "hr", "img", "input", "link",
    "meta", "param", "source", "track", "wbr",   "p",  "li",  "dd",    "dt"};
constexpr std::array<std::string_view, 6> kFlatInTables{"td",    "th",     "tr",
                                                        "tbody", "option", "optgroup"};
constexpr std::array<std::string_view, 22> kInline{
    "a",    "abbr",  "b",    "bdo", "big",  "code",   "em",  "font", "i",  "ins", "kbd",
    "mark", "small", "span", "s",   "samp", "strong", "sub", "sup",  "tt", "u",   "var"};
// Between these tags there are none.
constexpr std::array<std::string_view, 9> kRawText{
    "script", "style", "textarea", "title", "xmp", "iframe", "noframes", "noembed", "plaintext"};

template <typename Table>
bool contains(const Table& table, std::string_view name) {
  return std::find(table.begin(), table.end(), name) != table.end();
}

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

struct Tag {
  std::string name;
  std::size_t length = 0;  // with its brackets
  std::size_t attributes = 0;
  bool closes = false;
};

// `text` begins with '<' and a letter, or "</" and a letter.
Tag tag_at(std::string_view text) {
  Tag tag;
  tag.closes = text[1] == '/';
  std::size_t at = tag.closes ? 2 : 1;
  const std::size_t name_end = std::min(text.find_first_of(" \t\r\n\f/>", at), text.size());
  tag.name = ascii_lower(text.substr(at, std::min(name_end - at, kLongestName)));
  char quote = '\0';
  for (at = name_end; at < text.size(); ++at) {
    const char c = text[at];
    if (quote != '\0') {
      quote = c == quote ? '\0' : quote;
    } else if (c == '>') {
      break;
    } else if ((c == '"' || c == '\'') && text[at - 1] == '=') {
      quote = c;
    } else {
      tag.attributes += c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '/' ? 1 : 0;
    }
  }
  tag.length = std::min(at + 1, text.size());
  return tag;
}

class Guard {
 public:
  explicit Guard(std::string_view html) : html_(html) { out_.html.reserve(html.size()); }

  GuardedHtml run() {
    while (at_ < html_.size()) {
      const std::size_t next = std::min(html_.find('<', at_), html_.size());
      copy_until(next);
      if (next < html_.size()) {
        markup();
      }
    }
    return std::move(out_);
  }

 private:
  void copy_until(std::size_t end) {
    out_.html.append(html_.substr(at_, end - at_));
    at_ = end;
  }

  void markup() {
    const std::string_view rest = html_.substr(at_);
    if (rest.starts_with("<!--")) {
      const std::size_t end = rest.find("-->", rest.starts_with("<!-->") ? 2 : 4);
      copy_until(end == std::string_view::npos ? html_.size() : at_ + end + 3);
      return;
    }
    const std::size_t letter = rest.size() > 1 && rest[1] == '/' ? 2 : 1;
    if (rest.size() <= letter || !is_letter(rest[letter])) {
      copy_until(at_ + 1);
      return;
    }
    const Tag tag = tag_at(rest);
    tag.closes ? close(tag) : open(tag);
  }

  bool is_flat(const std::string& name) const {
    return contains(kFlat, name) || (foreign_ == 0 && contains(kFlatInTables, name));
  }

  void open(const Tag& tag) {
    if (!is_flat(tag.name)) {
      if (depth_ >= kDeepest) {
        leave_out(tag);
        return;
      }
      ++depth_;
      ++open_[tag.name];
      foreign_ += tag.name == "svg" || tag.name == "math" ? 1 : 0;
    }
    if (tag.attributes > kAttributes) {
      out_.taken_out.append(html_.substr(at_, tag.length)).append("\n");
      out_.html.append("<").append(tag.name).append(">");
      at_ += tag.length;
    } else {
      copy_until(at_ + tag.length);
    }
    if (contains(kRawText, tag.name)) {
      raw_text(tag.name);
    }
  }

  void close(const Tag& tag) {
    const auto opened = open_.find(tag.name);
    if (opened == open_.end() || opened->second == 0) {
      // What closes nothing is ignored by the parser, </p> and </br> aside.
      is_flat(tag.name) ? copy_until(at_ + tag.length) : leave_out(tag);
      return;
    }
    --opened->second;
    --depth_;
    foreign_ -= tag.name == "svg" || tag.name == "math" ? 1 : 0;
    copy_until(at_ + tag.length);
  }

  void leave_out(const Tag& tag) {
    out_.html.append(contains(kInline, tag.name) ? "" : "<br>");
    if (tag.attributes > 0) {
      out_.taken_out.append(html_.substr(at_, tag.length)).append("\n");
    }
    at_ += tag.length;
  }

  void raw_text(const std::string& name) {
    const std::string end = "</" + name;
    std::size_t at = at_;
    while (at < html_.size() && !ascii_iequal(html_.substr(at, end.size()), end)) {
      at = std::min(html_.find('<', at + 1), html_.size());
    }
    copy_until(at);
  }

  std::string_view html_;
  std::size_t at_ = 0;
  std::size_t depth_ = 0;
  std::size_t foreign_ = 0;
  std::unordered_map<std::string, std::size_t> open_;
  GuardedHtml out_;
};

}  // namespace

GuardedHtml guarded_html(std::string_view html) {
  return Guard(html).run();
}

}  // namespace phimilter::extract
