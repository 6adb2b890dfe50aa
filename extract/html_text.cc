// SPDX-License-Identifier: Apache-2.0
#include "extract/html_text.h"

#include <gumbo.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdlib>
#include <iterator>
#include <new>
#include <vector>

#include "base/encoding.h"

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

enum class Layout { inline_text, block, cell, row, line_break, dropped, preformatted };

Layout layout_of(GumboTag tag) {
  switch (tag) {
    case GUMBO_TAG_SCRIPT:
    case GUMBO_TAG_STYLE:
      return Layout::dropped;
    case GUMBO_TAG_BR:
      return Layout::line_break;
    case GUMBO_TAG_TD:
    case GUMBO_TAG_TH:
      return Layout::cell;
    case GUMBO_TAG_TR:
      return Layout::row;
    case GUMBO_TAG_PRE:
    case GUMBO_TAG_TEXTAREA:
    case GUMBO_TAG_LISTING:
    case GUMBO_TAG_XMP:
    case GUMBO_TAG_PLAINTEXT:
      return Layout::preformatted;
    default:
      break;
  }
  static constexpr std::array kBlocks{
      GUMBO_TAG_ADDRESS,  GUMBO_TAG_ARTICLE, GUMBO_TAG_ASIDE,    GUMBO_TAG_BLOCKQUOTE,
      GUMBO_TAG_BODY,     GUMBO_TAG_BUTTON,  GUMBO_TAG_CAPTION,  GUMBO_TAG_CENTER,
      GUMBO_TAG_DD,       GUMBO_TAG_DETAILS, GUMBO_TAG_DIR,      GUMBO_TAG_DIV,
      GUMBO_TAG_DL,       GUMBO_TAG_DT,      GUMBO_TAG_FIELDSET, GUMBO_TAG_FIGCAPTION,
      GUMBO_TAG_FIGURE,   GUMBO_TAG_FOOTER,  GUMBO_TAG_FORM,     GUMBO_TAG_H1,
      GUMBO_TAG_H2,       GUMBO_TAG_H3,      GUMBO_TAG_H4,       GUMBO_TAG_H5,
      GUMBO_TAG_H6,       GUMBO_TAG_HEAD,    GUMBO_TAG_HEADER,   GUMBO_TAG_HGROUP,
      GUMBO_TAG_HR,       GUMBO_TAG_HTML,    GUMBO_TAG_LEGEND,   GUMBO_TAG_LI,
      GUMBO_TAG_MAIN,     GUMBO_TAG_MENU,    GUMBO_TAG_NAV,      GUMBO_TAG_OL,
      GUMBO_TAG_OPTGROUP, GUMBO_TAG_OPTION,  GUMBO_TAG_P,        GUMBO_TAG_SECTION,
      GUMBO_TAG_SELECT,   GUMBO_TAG_SUMMARY, GUMBO_TAG_TABLE,    GUMBO_TAG_TBODY,
      GUMBO_TAG_TFOOT,    GUMBO_TAG_THEAD,   GUMBO_TAG_TITLE,    GUMBO_TAG_UL,
      GUMBO_TAG_IFRAME,   GUMBO_TAG_NOSCRIPT};
  return std::find(kBlocks.begin(), kBlocks.end(), tag) != kBlocks.end() ? Layout::block
                                                                         : Layout::inline_text;
}

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

// Collapses white space, and breaks lines only where text stands on both sides.
class TextWriter {
 public:
  void collapsed(std::string_view text) {
    for (const char c : text) {
      if (is_blank(c)) {
        blank_ = true;
      } else {
        settle();
        text_.push_back(c);
      }
    }
  }
  void verbatim(std::string_view text) {
    settle();
    std::copy_if(text.begin(), text.end(), std::back_inserter(text_),
                 [](char c) { return c != '\r'; });
  }
  void words(std::string_view text) {
    blank_ = true;
    collapsed(text);
    blank_ = true;
  }
  // A line begins here, if more text comes before the next cell: mailers wrap the text of every
  // cell in a paragraph, and that must not tear the row apart.
  void line() {
    blank_ = false;
    line_ = true;
  }
  void row() {
    line();
    settle();
  }
  // Inside a row a cell begins behind a tab, however empty the cells before it were.
  void cell(bool first_of_row) {
    blank_ = false;
    line_ = false;
    if (!first_of_row) {
      text_.push_back('\t');
    }
  }
  std::string finish() { return std::move(text_); }

 private:
  void settle() {
    const bool at_start = text_.empty() || text_.back() == '\n' || text_.back() == '\t';
    if (line_ && !at_start) {
      text_.push_back('\n');
    } else if (blank_ && !at_start) {
      text_.push_back(' ');
    }
    blank_ = false;
    line_ = false;
  }

  std::string text_;
  bool blank_ = false;
  bool line_ = false;
};

constexpr std::array<const char*, 6> kTextAttributes{"alt",         "title", "value",
                                                     "placeholder", "label", "aria-label"};

struct Frame {
  const GumboNode* node = nullptr;
  unsigned next = 0;  // child to visit
  bool preformatted = false;
  unsigned cells = 0;  // of this row so far
};

class TreeReader {
 public:
  std::string read(const GumboNode* root) {
    enter(root);
    while (!stack_.empty()) {
      step();
    }
    return writer_.finish();
  }

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
        return;
      case GUMBO_NODE_DOCUMENT:
        stack_.push_back({node});
        return;
      default:
        enter_element(node, preformatted);
    }
  }

  void enter_element(const GumboNode* node, bool preformatted) {
    const Layout layout = layout_of(node->v.element.tag);
    if (layout == Layout::dropped) {
      return;
    }
    open(layout);
    for (const char* name : kTextAttributes) {
      if (const auto* attribute = gumbo_get_attribute(&node->v.element.attributes, name)) {
        writer_.words(attribute->value);
      }
    }
    Frame frame{node};
    frame.preformatted = preformatted || layout == Layout::preformatted;
    stack_.push_back(frame);
  }

  void open(Layout layout) {
    if (layout == Layout::cell) {
      writer_.cell(stack_.empty() || stack_.back().cells++ == 0);
    } else if (layout == Layout::row) {
      writer_.row();
    } else if (layout != Layout::inline_text) {
      writer_.line();
    }
  }

  void leave(const Frame& frame) {
    if (frame.node->type == GUMBO_NODE_DOCUMENT) {
      return;
    }
    const Layout layout = layout_of(frame.node->v.element.tag);
    if (layout == Layout::row) {
      writer_.row();
    } else if (layout == Layout::block || layout == Layout::preformatted) {
      writer_.line();
    }
  }

  TextWriter writer_;
  std::vector<Frame> stack_;
};

}  // namespace

std::string html_text(std::string_view utf8) {
  BlockList blocks;
  GumboOptions options = kGumboDefaultOptions;
  options.allocator = &BlockList::allocate;
  options.deallocator = &BlockList::release;
  options.userdata = &blocks;
  options.max_errors = 0;
  const GumboOutput* output = gumbo_parse_with_options(&options, utf8.data(), utf8.size());
  return TreeReader().read(output->document);
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
