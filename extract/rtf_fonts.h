// SPDX-License-Identifier: Apache-2.0
//
// Which code page the bytes of an RTF document are in: the document's own, or that of the font.
#pragma once

#include <cstddef>
#include <string_view>
#include <unordered_map>

#include "extract/code_page.h"

namespace phimilter::extract {

class RtfFonts {
 public:
  // \ansicpg, \mac, \pc, \pca; 0 is none.
  void set_document_page(unsigned code_page) {
    document_page_ = code_page == 0 ? kWindowsLatin : code_page;
  }
  void set_default_font(int number) { default_font_ = number; }
  // In the font table: the font that the next \fcharset or \cpg is about.
  void begin_font(int number) { font_ = number; }
  void set_font_page(unsigned code_page) {
    if (pages_.size() < kFonts) {
      pages_[font_] = code_page;
    }
  }
  // 0: the document's.
  unsigned page_of(int font) const {
    const auto found = pages_.find(font);
    return found == pages_.end() ? 0 : found->second;
  }
  unsigned default_page() const { return page_of(default_font_); }
  unsigned document_page() const { return document_page_; }

 private:
  static constexpr std::size_t kFonts = 10'000;  // past it: read with the document's code page

  std::unordered_map<int, unsigned> pages_;
  unsigned document_page_ = kWindowsLatin;
  int default_font_ = 0;
  int font_ = 0;
};

}  // namespace phimilter::extract
