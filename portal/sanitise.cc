// SPDX-License-Identifier: Apache-2.0
#include "portal/sanitise.h"

#include <gumbo.h>

#include <algorithm>
#include <vector>

#include "base/encoding.h"
#include "base/limits.h"
#include "portal/parse_arena.h"

namespace phimilter::portal {
namespace {

constexpr std::size_t kArenaBytes = 128 * limits::kMiB;
constexpr std::int64_t kParseMs = 2'000;
constexpr std::size_t kDepth = 256;  // deeper elements are written as their text

constexpr std::string_view kElements[] = {
    "a",        "abbr",       "address", "article", "aside",  "b",    "bdi",    "bdo",
    "big",      "blockquote", "br",      "caption", "center", "cite", "code",   "col",
    "colgroup", "dd",         "del",     "details", "dfn",    "div",  "dl",     "dt",
    "em",       "figcaption", "figure",  "font",    "footer", "h1",   "h2",     "h3",
    "h4",       "h5",         "h6",      "header",  "hr",     "i",    "img",    "ins",
    "kbd",      "li",         "main",    "mark",    "nav",    "ol",   "p",      "pre",
    "q",        "s",          "samp",    "section", "small",  "span", "strike", "strong",
    "sub",      "summary",    "sup",     "table",   "tbody",  "td",   "tfoot",  "th",
    "thead",    "time",       "tr",      "tt",      "u",      "ul",   "var",    "wbr"};
// Their content is no text for people, and browsers show none of it. Whatever else is dropped, of
// any namespace, leaves its text: so nothing that is opened and never closed swallows the letter.
constexpr std::string_view kDropped[] = {"script",  "style",    "head",   "title", "template",
                                         "noembed", "noframes", "iframe", "frame", "frameset"};
// The same, within SVG and MathML.
constexpr std::string_view kDroppedForeign[] = {"desc",   "metadata",   "defs",
                                                "symbol", "annotation", "annotation-xml"};
// Browsers show their text as it is typed.
constexpr std::string_view kTyped[] = {"listing", "plaintext", "textarea", "xmp"};
constexpr std::string_view kVoid[] = {"br", "col", "hr", "img", "wbr"};
constexpr std::string_view kAttributes[] = {
    "abbr",    "align", "alt",     "bgcolor", "border", "cellpadding", "cellspacing", "color",
    "colspan", "dir",   "headers", "height",  "lang",   "nowrap",      "rowspan",     "scope",
    "size",    "span",  "start",   "summary", "title",  "type",        "valign",      "width"};

template <typename List>
bool listed(const List& list, std::string_view name) {
  return std::ranges::find(list, name) != std::end(list);
}

bool is_html(const GumboNode* node) {
  return node->v.element.tag_namespace == GUMBO_NAMESPACE_HTML;
}

// In lower case; of an element that Gumbo does not know, as the message spells it.
std::string element_name(const GumboNode* node) {
  const GumboElement& element = node->v.element;
  if (element.tag != GUMBO_TAG_UNKNOWN) {
    return gumbo_normalized_tagname(element.tag);
  }
  GumboStringPiece name = element.original_tag;
  gumbo_tag_from_original_text(&name);
  return name.data == nullptr ? std::string() : ascii_lower({name.data, name.length});
}

bool is_dropped(const GumboNode* node) {
  const std::string name = element_name(node);
  return listed(kDropped, name) || (!is_html(node) && listed(kDroppedForeign, name));
}

// The element that stands in the page for this one; empty: none, only its text.
std::string written_name(const GumboNode* node) {
  const std::string name = element_name(node);
  if (!is_html(node)) {
    return {};
  }
  if (listed(kTyped, name)) {
    return "pre";
  }
  return listed(kElements, name) ? name : std::string();
}

// Browsers drop these inside a URL before they look at the scheme.
std::string url_as_browsers_read_it(std::string_view url) {
  std::string out;
  for (const char c : url) {
    if (c != '\t' && c != '\n' && c != '\r') {
      out += c;
    }
  }
  std::size_t first = 0;
  while (first < out.size() && static_cast<unsigned char>(out[first]) <= 0x20) {
    ++first;
  }
  return out.substr(first);
}

bool link_allowed(const std::string& url) {
  const std::string lower = ascii_lower(url.substr(0, 8));
  return lower.starts_with("http://") || lower.starts_with("https://") ||
         lower.starts_with("mailto:");
}

class Writer {
 public:
  explicit Writer(const InlineImages& inline_images) : inline_images_(inline_images) {}

  void write(const GumboNode* root) {
    // A stack of its own: the tree of hostile mail is deeper than the program's.
    std::vector<Step> steps = {{root, false, 0}};
    while (!steps.empty()) {
      const Step step = steps.back();
      steps.pop_back();
      if (step.closing) {
        markup_ += "</" + written_name(step.node) + ">";
        continue;
      }
      visit(step, steps);
    }
  }
  SanitisedHtml take() { return {Html::of_markup(std::move(markup_)), remote_blocked_}; }

 private:
  struct Step {
    const GumboNode* node;
    bool closing;
    std::size_t depth;
  };

  void visit(const Step& step, std::vector<Step>& steps) {
    switch (step.node->type) {
      case GUMBO_NODE_TEXT:
      case GUMBO_NODE_WHITESPACE:
      case GUMBO_NODE_CDATA:
        markup_ += Html::text(step.node->v.text.text).str();
        return;
      case GUMBO_NODE_ELEMENT:
        visit_element(step, steps);
        return;
      default:
        return;  // comments, templates, the document node
    }
  }

  void visit_element(const Step& step, std::vector<Step>& steps) {
    const GumboElement& element = step.node->v.element;
    if (is_dropped(step.node)) {
      return;
    }
    count_remote(element, element_name(step.node));
    const std::string name = written_name(step.node);
    if (name == "img") {
      write_image(element);
      return;
    }
    const bool written = !name.empty() && step.depth < kDepth;
    if (written) {
      markup_ += "<" + name;
      write_attributes(element, name);
      markup_ += ">";
    }
    if (written && listed(kVoid, name)) {
      return;
    }
    if (written) {
      steps.push_back({step.node, true, step.depth});
    }
    for (unsigned i = element.children.length; i > 0; --i) {
      steps.push_back({static_cast<const GumboNode*>(element.children.data[i - 1]), false,
                       step.depth + (written ? 1 : 0)});
    }
  }

  void count_remote(const GumboElement& element, const std::string& name) {
    if (gumbo_get_attribute(&element.attributes, "background") != nullptr) {
      ++remote_blocked_;
    }
    const GumboAttribute* style = gumbo_get_attribute(&element.attributes, "style");
    if (style != nullptr && ascii_lower(style->value).find("url(") != std::string::npos) {
      ++remote_blocked_;
    }
    if (name == "input" && gumbo_get_attribute(&element.attributes, "src") != nullptr) {
      ++remote_blocked_;
    }
  }

  void write_attributes(const GumboElement& element, const std::string& name) {
    for (unsigned i = 0; i < element.attributes.length; ++i) {
      const auto* attribute = static_cast<const GumboAttribute*>(element.attributes.data[i]);
      const std::string_view key = attribute->name;
      if (name == "a" && key == "href") {
        const std::string url = url_as_browsers_read_it(attribute->value);
        if (link_allowed(url)) {
          put("href", url);
          markup_ += " target=\"_blank\" rel=\"noopener noreferrer\"";
        }
      } else if (listed(kAttributes, key)) {
        put(key, attribute->value);
      }
    }
  }

  void write_image(const GumboElement& element) {
    const GumboAttribute* source = gumbo_get_attribute(&element.attributes, "src");
    const GumboAttribute* alternative = gumbo_get_attribute(&element.attributes, "alt");
    std::optional<std::string> data;
    if (source != nullptr) {
      const std::string url = url_as_browsers_read_it(source->value);
      if (ascii_lower(url.substr(0, 4)) == "cid:") {
        data = inline_images_(std::string_view(url).substr(4));
      } else {
        ++remote_blocked_;
      }
    } else if (gumbo_get_attribute(&element.attributes, "srcset") != nullptr) {
      ++remote_blocked_;
    }
    if (!data) {
      if (alternative != nullptr) {
        markup_ += Html::text(alternative->value).str();
      }
      return;
    }
    markup_ += "<img";
    put("src", *data);
    put("alt", alternative == nullptr ? "" : alternative->value);
    for (const char* size : {"width", "height"}) {
      if (const GumboAttribute* value = gumbo_get_attribute(&element.attributes, size)) {
        put(size, value->value);
      }
    }
    markup_ += ">";
  }

  void put(std::string_view name, std::string_view value) {
    markup_ += " " + std::string(name) + "=\"" + Html::text(value).str() + "\"";
  }

  const InlineImages& inline_images_;
  std::string markup_;
  std::size_t remote_blocked_ = 0;
};

}  // namespace

Result<SanitisedHtml> sanitise(std::string_view html, const InlineImages& inline_images) {
  if (html.size() > limits::kHtmlBytes) {
    return fail(permanent_fault("portal.html_large", "the HTML is larger than what is shown"));
  }
  ParseArena arena(kArenaBytes, kParseMs);
  const GumboNode* root = parse_within(arena, html);
  if (root == nullptr) {
    return fail(
        permanent_fault("portal.html_dear", "the HTML takes too much memory or time to parse"));
  }
  Writer writer(inline_images);
  writer.write(root);
  return writer.take();
}

}  // namespace phimilter::portal
