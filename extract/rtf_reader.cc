// SPDX-License-Identifier: Apache-2.0
#include "extract/rtf_reader.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/encoding.h"
#include "extract/code_page.h"
#include "extract/embedded_object.h"
#include "extract/rtf_fonts.h"
#include "extract/rtf_output.h"
#include "extract/rtf_tokens.h"
#include "extract/rtf_words.h"
#include "extract/utf8.h"

namespace phimilter::extract {
namespace {

using Destination = RtfDestination;

constexpr std::size_t kGroupDepth = 10'000;  // past it: opaque
constexpr std::uint16_t kFirstLead = 0xD800;
constexpr std::uint16_t kFirstTrail = 0xDC00;
constexpr std::uint16_t kBehindTrails = 0xE000;

struct Group {
  Destination destination = Destination::body;
  unsigned code_page = 0;  // of the font; 0: the document's
  int fallbacks = 1;       // characters behind \uN that old readers show instead (\ucN)
  bool in_table = false;
  bool only_rtf = false;      // \htmlrtf: not in the HTML that the RTF carries
  bool starred = false;       // \* : to be skipped by readers who do not know the next word
  std::string_view property;  // the destination's own word
  bool begins = true;         // no word yet: one that names a destination would count
};

class RtfReader {
 public:
  RtfReader(std::string_view bytes, ReadingSink& sink)
      : tokens_(bytes), sink_(sink), output_(sink) {}

  void read() {
    groups_.emplace_back();
    for (RtfToken token = tokens_.next();
         token.kind != RtfToken::Kind::end && !stopped_ && !output_.full();
         token = tokens_.next()) {
      take(token);
    }
    flush_bytes();
    // A file that ends early: what its open groups hold is read all the same.
    while (groups_.size() > 1) {
      close_group();
    }
    output_.finish();
  }

 private:
  Group& group() { return groups_.back(); }

  void take(const RtfToken& token) {
    using Kind = RtfToken::Kind;
    if (token.kind == Kind::text || token.kind == Kind::byte) {
      take_text(token);
      return;
    }
    flush_bytes();
    switch (token.kind) {
      case Kind::open:
        open_group();
        break;
      case Kind::close:
        close_group();
        break;
      case Kind::word:
        take_word(token);
        break;
      case Kind::symbol:
        take_symbol(token.text.front());
        break;
      case Kind::binary:
        add_binary(token.text);
        break;
      default:
        break;
    }
  }

  void open_group() {
    fallbacks_left_ = 0;
    if (groups_.size() >= kGroupDepth) {
      sink_.opaque("", Opaque::limit);
      stopped_ = true;
      return;
    }
    groups_.push_back(groups_.back());
    group().starred = false;
    group().begins = true;
  }

  void close_group() {
    fallbacks_left_ = 0;
    if (groups_.size() < 2) {
      return;
    }
    const Group closed = group();
    groups_.pop_back();
    if (closed.destination == group().destination) {
      return;
    }
    switch (closed.destination) {
      case Destination::aside:
      case Destination::instruction:
        output_.end_aside(closed.destination);
        break;
      case Destination::property:
        // The value of a property that the user has named follows in a group of its own.
        closed.property == "propname" ? add_text("\t") : output_.end_line();
        break;
      case Destination::margin:
        output_.end_line();
        break;
      case Destination::object_data:
        read_embedded_object(std::exchange(binary_, {}), sink_);
        break;
      case Destination::picture:
        if (!binary_.empty()) {
          sink_.picture("picture", std::exchange(binary_, {}));
        }
        break;
      default:
        break;
    }
  }

  void take_symbol(char symbol) {
    if (symbol == '*') {
      group().starred = true;
      return;
    }
    group().begins = false;
    if (symbol == '\'' || fallback_skips()) {
      return;
    }
    switch (symbol) {
      case '~':
        add_text("\u00A0");
        break;
      case '_':
        add_text("-");
        break;
      case '\r':
      case '\n':
        add_break("\n");
        break;
      case '\t':
        add_break("\t");
        break;
      case '\\':
      case '{':
      case '}':
        add_text(std::string_view(&symbol, 1));
        break;
      default:
        break;
    }
  }

  bool fallback_skips() {
    if (fallbacks_left_ > 0) {
      --fallbacks_left_;
      return true;
    }
    return false;
  }

  void take_word(const RtfToken& token) {
    const bool may_be_destination = std::exchange(group().begins, false) || group().starred;
    const bool starred = std::exchange(group().starred, false);
    if (const auto destination = rtf_destination(token.text)) {
      if (may_be_destination) {
        enter(*destination, token.text);
      }
      return;
    }
    if (starred && may_be_destination) {
      group().destination = Destination::skip;
      return;
    }
    if (const std::string_view text = rtf_character(token.text); !text.empty()) {
      const bool breaks = text == "\n" || text == "\t" || text == "\f";
      breaks ? add_break(text) : add_text(text);
      return;
    }
    if (!take_table_word(token.text)) {
      take_property(token.text, token.parameter);
    }
  }

  void enter(Destination destination, std::string_view word) {
    const Destination around = group().destination;
    if (around == Destination::skip || around == Destination::font_table) {
      group().destination = Destination::skip;  // falt and the like stand in a font's name
      return;
    }
    if (destination == Destination::body) {
      return;  // where the group around it goes
    }
    if (destination == Destination::object_data || destination == Destination::picture) {
      binary_.clear();
      half_ = -1;
    }
    const bool after_name = word == "staticval";
    if (destination == Destination::margin ||
        (destination == Destination::property && !after_name)) {
      output_.end_line();
    }
    const bool read_value = is_rtf_shape_text(output_.shape_name());
    if (destination == Destination::shape_name) {
      output_.clear_shape_name();
    }
    group().destination = destination != Destination::shape_value ? destination
                          : read_value                            ? Destination::instruction
                                                                  : Destination::skip;
    group().property = word;
    if (const std::string_view name = rtf_property_name(word); !name.empty()) {
      add_text(name);
      add_text("\t");
    }
  }

  bool take_table_word(std::string_view word) {
    if (word == "cell" || word == "nestcell") {
      output_.end_cell(group().destination);
    } else if (word == "row" || word == "nestrow") {
      output_.end_row(group().destination);
    } else if (word == "intbl") {
      group().in_table = true;
    } else if (word == "pard") {
      group().in_table = false;
    } else {
      return false;
    }
    return true;
  }

  void take_property(std::string_view word, std::optional<int> parameter) {
    const int number = parameter.value_or(0);
    if (word == "u") {
      add_unit(static_cast<std::uint16_t>(number & 0xFFFF));
      fallbacks_left_ = group().fallbacks;
    } else if (word == "uc") {
      group().fallbacks = std::max(0, std::min(number, 1000));
    } else if (word == "f") {
      take_font(number);
    } else if (word == "plain") {
      group().code_page = fonts_.default_page();
    } else if (word == "deff") {
      fonts_.set_default_font(number);
    } else if (word == "fcharset" || word == "cpg") {
      name_font_page(word == "cpg" ? static_cast<unsigned>(number)
                                   : code_page_of_font_charset(static_cast<unsigned>(number)));
    } else if (word == "ansicpg") {
      fonts_.set_document_page(static_cast<unsigned>(std::max(0, number)));
    } else if (word == "mac" || word == "pc" || word == "pca") {
      fonts_.set_document_page(word == "mac" ? 10000 : word == "pc" ? 437 : 850);
    } else if (word == "fromhtml") {
      output_.carries_html();
    } else if (word == "htmlrtf") {
      group().only_rtf = parameter.value_or(1) != 0;
    }
  }

  // In the font table \fN begins a font, elsewhere it chooses one.
  void take_font(int number) {
    if (group().destination == Destination::font_table) {
      fonts_.begin_font(number);
    } else {
      group().code_page = fonts_.page_of(number);
    }
  }

  void name_font_page(unsigned code_page) {
    if (group().destination == Destination::font_table) {
      fonts_.set_font_page(code_page);
    }
  }

  void take_text(const RtfToken& token) {
    group().begins = false;
    const std::string_view one(&token.byte, 1);
    std::string_view text = token.kind == RtfToken::Kind::byte ? one : token.text;
    const std::size_t skipped =
        std::min(text.size(), static_cast<std::size_t>(std::max(0, fallbacks_left_)));
    fallbacks_left_ -= static_cast<int>(skipped);
    text.remove_prefix(skipped);
    if (text.empty()) {
      return;
    }
    switch (group().destination) {
      case Destination::skip:
      case Destination::font_table:
        break;
      case Destination::object_data:
      case Destination::picture:
        add_hex(text);
        break;
      default:
        pending_.append(text);
    }
  }

  void flush_bytes() {
    if (!pending_.empty()) {
      const unsigned page = group().code_page != 0 ? group().code_page : fonts_.document_page();
      add_text(decoder_.decode(std::exchange(pending_, {}), page));
    }
  }

  void add_unit(std::uint16_t unit) {
    if (unit >= kFirstLead && unit < kFirstTrail) {
      lead_ = unit;
      return;
    }
    std::string text;
    if (unit >= kFirstTrail && unit < kBehindTrails) {
      append_utf8(text, lead_ == 0 ? char32_t{0xFFFD}
                                   : 0x10000U + ((lead_ - kFirstLead + 0U) << 10U) +
                                         (unit - kFirstTrail + 0U));
    } else {
      // Symbol fonts: a code point of the private area stands for the byte.
      append_utf8(text, unit >= 0xF020 && unit <= 0xF0FF ? unit - 0xF000U : unit);
    }
    lead_ = 0;
    add_text(text);
  }

  void add_text(std::string_view text) { output_.add(group().destination, text, group().only_rtf); }

  void add_break(std::string_view text) { add_text(group().in_table ? " " : text); }

  void add_binary(std::string_view bytes) {
    const Destination destination = group().destination;
    if (destination == Destination::object_data || destination == Destination::picture) {
      binary_.append(bytes);
    }
  }

  void add_hex(std::string_view text) {
    for (const char c : text) {
      const int lower = c | 0x20;
      const bool digit = c >= '0' && c <= '9';
      if (!digit && (lower < 'a' || lower > 'f')) {
        continue;
      }
      const int value = digit ? c - '0' : lower - 'a' + 10;
      if (half_ < 0) {
        half_ = value;
      } else {
        binary_ += static_cast<char>(std::exchange(half_, -1) * 16 + value);
      }
    }
  }

  RtfTokens tokens_;
  ReadingSink& sink_;
  RtfOutput output_;
  RtfFonts fonts_;
  CodePageDecoder decoder_;
  std::vector<Group> groups_;
  std::string pending_;  // bytes of one code page
  std::string binary_;
  int fallbacks_left_ = 0;
  int half_ = -1;
  std::uint16_t lead_ = 0;
  bool stopped_ = false;
};

}  // namespace

bool is_rtf(const Document& document) {
  // Word takes anything that begins so.
  return trim(document.bytes.substr(0, 64)).starts_with("{\\rt");
}

void read_rtf(const Document& document, ReadingSink& sink) {
  RtfReader(document.bytes, sink).read();
}

}  // namespace phimilter::extract
