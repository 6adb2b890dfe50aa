// SPDX-License-Identifier: Apache-2.0
#include "extract/html_text.h"

#include <gumbo.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdlib>
#include <new>
#include <utility>
#include <vector>

#include "base/encoding.h"
#include "extract/html_aside.h"
#include "extract/html_guard.h"
#include "extract/html_layout.h"
#include "extract/html_writer.h"

namespace phimilter::extract {
namespace {

// Gumbo frees its tree by recursion, which a deeply nested page turns into a stack overflow. So its
// blocks hang in a list of ours, the tree is never freed by it, and the list goes at once.
class BlockList {
 public:
  BlockList() { head_.next = head_.previous = &head_; }
  BlockList(const BlockList&) = delete;
  BlockList& operator=(const BlockList&) = delete;
  ~BlockList() {
    while (head_.next != &head_) {
      unlink_and_free(head_.next);
    }
  }

  static void* allocate(void* list, std::size_t size) {
    auto* block = static_cast<Block*>(std::malloc(sizeof(Block) + size));
    if (block == nullptr) {
      throw std::bad_alloc();
    }
    Block& head = static_cast<BlockList*>(list)->head_;
    block->previous = &head;
    block->next = head.next;
    head.next->previous = block;
    head.next = block;
    return block + 1;
  }
  static void release(void*, void* memory) {
    if (memory != nullptr) {
      unlink_and_free(static_cast<Block*>(memory) - 1);
    }
  }

 private:
  struct alignas(std::max_align_t) Block {
    Block* next;
    Block* previous;
  };
  static void unlink_and_free(Block* block) {
    block->next->previous = block->previous;
    block->previous->next = block->next;
    std::free(block);
  }
  Block head_{};
};

// Texts in attributes that a reader sees in the place, and those that only come with the page.
constexpr std::array<const char*, 4> kShownAttributes{"alt", "value", "placeholder", "label"};
constexpr std::array<const char*, 6> kOtherAttributes{"title",   "aria-label",  "summary",
                                                      "content", "description", "srcdoc"};
constexpr std::array<const char*, 9> kLinks{"href", "src",    "action", "formaction", "data",
                                            "cite", "srcset", "poster", "background"};

// A row that is longer than this is the layout of a page, not of a table.
constexpr std::size_t kLongestRow = 4096;

std::string_view name_of(const GumboElement& element) {
  return gumbo_normalized_tagname(element.tag);
}

std::string_view attribute_of(const GumboElement& element, const char* name) {
  const GumboAttribute* attribute = gumbo_get_attribute(&element.attributes, name);
  return attribute == nullptr ? "" : attribute->value;
}

enum class Eye { everything, visible };

struct Frame {
  const GumboNode* node = nullptr;
  unsigned next = 0;  // child to visit
  bool preformatted = false;
  bool reversed = false;
  bool hidden = false;
  bool lays_out = false;  // a row that holds a table
  unsigned cells = 0;     // of this row or list so far
  std::size_t start = 0;  // of its text
};

class TreeReader {
 public:
  explicit TreeReader(Eye eye) : eye_(eye) {}

  std::string read(const GumboNode* root) {
    enter(root);
    while (!stack_.empty()) {
      step();
    }
    return writer_.finish();
  }
  // Of the text: what a reader's eye puts together differs from what was read.
  bool differs_to_the_eye() const { return differs_ || writer_.saw_word_go_on(); }
  std::string take_aside() { return std::move(aside_); }
  std::optional<Opaque> opaque() const { return opaque_; }

 private:
  static const GumboVector* children_of(const GumboNode* node) {
    if (node->type == GUMBO_NODE_DOCUMENT) {
      return &node->v.document.children;
    }
    return &node->v.element.children;
  }

  void step() {
    Frame& top = stack_.back();
    const GumboVector* children = children_of(top.node);
    if (top.next < children->length) {
      enter(static_cast<const GumboNode*>(children->data[top.next++]));
      return;
    }
    leave(top);
    stack_.pop_back();
  }

  void enter(const GumboNode* node) {
    const bool preformatted = !stack_.empty() && stack_.back().preformatted;
    switch (node->type) {
      case GUMBO_NODE_TEXT:
      case GUMBO_NODE_WHITESPACE:
      case GUMBO_NODE_CDATA:
        preformatted ? writer_.verbatim(node->v.text.text) : writer_.collapsed(node->v.text.text);
        return;
      case GUMBO_NODE_COMMENT:
        add_aside(without_tags(node->v.text.text));
        return;
      case GUMBO_NODE_DOCUMENT:
        stack_.push_back({node});
        return;
      default:
        enter_element(node, preformatted);
    }
  }

  void enter_element(const GumboNode* node, bool preformatted) {
    const GumboElement& element = node->v.element;
    const Layout layout = layout_of(name_of(element));
    if (layout == Layout::script || layout == Layout::style) {
      add_sheet(element, layout);
      return;
    }
    const std::string_view style = attribute_of(element, "style");
    const bool hidden = element.tag == GUMBO_TAG_TEMPLATE ||
                        gumbo_get_attribute(&element.attributes, "hidden") != nullptr ||
                        style_hides(style);
    if (hidden && eye_ == Eye::visible) {
      return;
    }
    differs_ = differs_ || (hidden && layout == Layout::inline_text && writer_.inside_word());
    open(layout);
    Frame frame{node};
    frame.preformatted = preformatted || layout == Layout::preformatted;
    frame.reversed = is_reversed(name_of(element), attribute_of(element, "dir"), style);
    frame.hidden = hidden && layout == Layout::inline_text;
    if (frame.reversed) {
      writer_.settle();
    }
    frame.start = writer_.size();
    differs_ = differs_ || frame.reversed;
    add_attributes(element);
    if (element.tag == GUMBO_TAG_TABLE) {
      mark_outer_rows();
    }
    stack_.push_back(frame);
  }

  void add_attributes(const GumboElement& element) {
    const bool unseen =
        element.tag == GUMBO_TAG_INPUT && ascii_iequal(attribute_of(element, "type"), "hidden");
    for (const char* name : kShownAttributes) {
      add_shown(element, attribute_of(element, name), unseen);
    }
    for (const char* name : kOtherAttributes) {
      add_aside(without_tags(attribute_of(element, name)));
    }
    for (const char* name : kLinks) {
      const LinkText link = link_text(attribute_of(element, name));
      add_aside(link.text);
      opaque_ = opaque_ ? opaque_ : link.opaque;
    }
    add_aside(style_content(attribute_of(element, "style")));
  }

  void add_shown(const GumboElement& element, std::string_view text, bool unseen) {
    if (trim(text).empty()) {
      return;
    }
    if (element.tag == GUMBO_TAG_IMG || unseen) {
      // A picture inside a word: its text stands there, and its reader sees none.
      differs_ = differs_ || writer_.inside_word();
      if (eye_ == Eye::visible) {
        return;
      }
    }
    writer_.words(text);
  }

  void add_sheet(const GumboElement& element, Layout layout) {
    for (unsigned i = 0; i < element.children.length; ++i) {
      const auto* node = static_cast<const GumboNode*>(element.children.data[i]);
      if (node->type == GUMBO_NODE_TEXT || node->type == GUMBO_NODE_CDATA) {
        add_aside(layout == Layout::style ? style_content(node->v.text.text)
                                          : std::string(node->v.text.text));
      }
    }
  }

  void add_aside(std::string_view text) {
    if (eye_ == Eye::everything && !trim(text).empty()) {
      aside_.append(trim(text)).append("\n");
    }
  }

  void mark_outer_rows() {
    for (auto frame = stack_.rbegin(); frame != stack_.rend() && !frame->lays_out; ++frame) {
      frame->lays_out = true;
    }
  }

  void open(Layout layout) {
    const bool first = stack_.empty() || stack_.back().cells++ == 0;
    switch (layout) {
      case Layout::cell:
        writer_.cell(first);
        break;
      case Layout::definition:
        writer_.cell(first);
        break;
      case Layout::row:
      case Layout::term:
        writer_.row();
        break;
      case Layout::inline_text:
        break;
      default:
        writer_.line();
    }
  }

  void leave(const Frame& frame) {
    if (frame.node->type == GUMBO_NODE_DOCUMENT) {
      return;
    }
    const Layout layout = layout_of(name_of(frame.node->v.element));
    const bool joined = layout == Layout::row && frame.cells > 1 && !frame.lays_out;
    if (joined && writer_.size() - std::min(writer_.size(), frame.start) <= kLongestRow) {
      writer_.join_lines(frame.start);
    }
    if (frame.reversed && eye_ == Eye::visible) {
      writer_.reverse(frame.start);
    }
    if (frame.hidden) {
      writer_.watch_next();
    }
    if (layout == Layout::row) {
      writer_.row();
    } else if (layout == Layout::block || layout == Layout::preformatted ||
               layout == Layout::definition) {
      writer_.line();
    }
  }

  const Eye eye_;
  HtmlWriter writer_;
  std::vector<Frame> stack_;
  std::string aside_;
  std::optional<Opaque> opaque_;
  bool differs_ = false;
};

}  // namespace

HtmlText read_html_text(std::string_view utf8) {
  const GuardedHtml guarded = guarded_html(utf8);
  BlockList blocks;
  GumboOptions options = kGumboDefaultOptions;
  options.allocator = &BlockList::allocate;
  options.deallocator = &BlockList::release;
  options.userdata = &blocks;
  options.max_errors = 0;
  const GumboOutput* output =
      gumbo_parse_with_options(&options, guarded.html.data(), guarded.html.size());
  TreeReader reader(Eye::everything);
  HtmlText html{reader.read(output->document), "", reader.opaque()};
  if (reader.differs_to_the_eye()) {
    html.visible = TreeReader(Eye::visible).read(output->document);
  }
  const std::string aside = reader.take_aside() + guarded.taken_out;
  if (!aside.empty()) {
    html.text += "\n\n" + aside;
  }
  return html;
}

std::string html_text(std::string_view utf8) {
  return read_html_text(utf8).text;
}

std::string html_declared_charset(std::string_view bytes) {
  const std::string head = ascii_lower(bytes.substr(0, 2048));
  std::size_t at = head.find("charset=");
  if (head.find("<meta") == std::string::npos || at == std::string::npos) {
    return "";
  }
  at += 8;
  at += at < head.size() && (head[at] == '"' || head[at] == '\'') ? 1 : 0;
  const std::size_t end = head.find_first_of("\"'; />\r\n", at);
  return head.substr(at, end == std::string::npos ? end : end - at);
}

}  // namespace phimilter::extract
