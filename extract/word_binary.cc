// SPDX-License-Identifier: Apache-2.0
#include "extract/word_binary.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "extract/code_page.h"
#include "extract/little_endian.h"
#include "extract/office_pictures.h"
#include "extract/text_runs.h"
#include "extract/word_paragraphs.h"
#include "extract/word_text.h"

namespace phimilter::extract {
namespace {

constexpr std::uint16_t kFirstWord97 = 0xC1;  // nFib of Word 97
constexpr std::uint16_t kFlagEncrypted = 0x0100;
constexpr std::uint16_t kFlagTable1 = 0x0200;
constexpr std::size_t kPieceTable97 = 0x1A2;  // fcClx, lcbClx
constexpr std::size_t kPieceTable95 = 0x160;
constexpr std::size_t kParagraphs97 = 0x102;   // fcPlcfBtePapx, lcbPlcfBtePapx
constexpr std::size_t kStoryLengths97 = 0x4C;  // ccpText and the seven behind it
constexpr std::size_t kStories = 8;
constexpr std::uint32_t kCompressed = 0x40000000;

struct Piece {
  std::uint32_t first = 0;  // character position
  std::uint32_t end = 0;
  std::size_t offset = 0;  // in the stream
  bool wide = false;
};

// PlcPcd, behind the Prc blocks of the Clx ([MS-DOC] 2.8.35, 2.9.38).
std::string_view find_piece_table(std::string_view clx) {
  LittleEndianReader reader(clx);
  while (!reader.short_read() && reader.left() > 0) {
    const std::uint8_t kind = reader.u8();
    if (kind == 2) {
      const std::size_t length = reader.u32();
      return reader.bytes(length);
    }
    if (kind != 1) {
      break;
    }
    reader.bytes(reader.u16());
  }
  return {};
}

std::vector<Piece> read_pieces(std::string_view table, bool word97) {
  std::vector<Piece> pieces;
  const std::size_t count = table.size() < 16 ? 0 : (table.size() - 4) / 12;
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint32_t place = u32_at(table, 4 * (count + 1) + 8 * i + 2);
    Piece piece{u32_at(table, 4 * i), u32_at(table, 4 * i + 4), place, false};
    if (word97) {
      piece.wide = (place & kCompressed) == 0;
      piece.offset = piece.wide ? place & ~kCompressed : (place & ~kCompressed) / 2;
    }
    if (piece.first < piece.end) {
      pieces.push_back(piece);
    }
  }
  return pieces;
}

class WordReader {
 public:
  WordReader(CompoundFile& file, std::size_t storage, ReadingSink& sink)
      : file_(file), storage_(storage), sink_(sink) {}

  void read() {
    main_ = file_.read(storage_, "WordDocument");
    const std::uint16_t version = u16_at(main_, 2);
    const std::uint16_t flags = u16_at(main_, 10);
    if ((flags & kFlagEncrypted) != 0) {
      sink_.opaque("", Opaque::encrypted);
      return;
    }
    word97_ = version >= kFirstWord97;
    if (word97_) {
      const std::string_view name = (flags & kFlagTable1) != 0 ? "1Table" : "0Table";
      table_ = file_.read(storage_, name);
    }
    if (!read_text()) {
      sink_.opaque("", Opaque::broken);
      read_text_runs(main_, sink_);
    }
    read_pictures();
  }

 private:
  std::string_view table() const { return word97_ ? table_ : main_; }

  std::string_view table_part(std::size_t place) const {
    return slice(table(), u32_at(main_, place), u32_at(main_, place + 4));
  }

  bool read_text() {
    const std::string_view clx = table_part(word97_ ? kPieceTable97 : kPieceTable95);
    std::vector<Piece> pieces = read_pieces(find_piece_table(clx), word97_);
    if (pieces.empty() && !word97_) {
      pieces = simple_piece();
    }
    if (pieces.empty()) {
      return false;
    }
    budget_ = kPasses * main_.size();
    WordText text(sink_,
                  word97_ ? WordParagraphs(table_part(kParagraphs97), main_) : WordParagraphs());
    bool whole = true;
    for (const Piece& piece : pieces) {
      whole = add_piece(piece, text) && whole;
      if (sink_.full()) {
        break;
      }
    }
    text.finish();
    return whole;
  }

  // A file that was never fast-saved: one run of bytes, fcMin to fcMac.
  std::vector<Piece> simple_piece() const {
    const std::uint32_t from = u32_at(main_, 0x18);
    const std::uint32_t to = u32_at(main_, 0x1C);
    return from < to ? std::vector{Piece{0, to - from, from, false}} : std::vector<Piece>{};
  }

  // In steps: a piece may be as long as the file, and pieces may overlap.
  bool add_piece(const Piece& piece, WordText& text) {
    const std::size_t width = piece.wide ? 2 : 1;
    const std::size_t length = width * (piece.end - piece.first);
    const std::string_view run = slice(main_, piece.offset, length);
    if (run.size() > budget_) {
      sink_.opaque("", Opaque::limit);
      return true;
    }
    budget_ -= run.size();
    std::size_t position = 0;
    while (position < run.size() && !sink_.full()) {
      const std::size_t character = piece.first + position / width;
      const std::size_t step =
          std::min({kStep, run.size() - position, width * (next_story(character) - character)});
      text.add(run.substr(position, step), piece.offset + position, piece.wide);
      position += step;
      if (piece.first + position / width == next_story(character)) {
        text.end_story();
      }
    }
    return run.size() == length;
  }

  // Where the story ends in which this character stands.
  std::size_t next_story(std::size_t character) const {
    std::size_t end = 0;
    for (std::size_t i = 0; word97_ && i < kStories; ++i) {
      end += u32_at(main_, kStoryLengths97 + 4 * i);
      if (end > character) {
        return end;
      }
    }
    return character + kStep;
  }

  void read_pictures() {
    const std::string data = file_.read(storage_, "Data");
    read_office_pictures(data, sink_);
    read_office_pictures(main_, sink_);
  }

  static constexpr std::size_t kStep = 1U << 20U;
  // Pieces of an honest document do not overlap.
  static constexpr std::size_t kPasses = 4;

  CompoundFile& file_;
  const std::size_t storage_;
  ReadingSink& sink_;
  std::string main_;
  std::string table_;
  bool word97_ = true;
  std::size_t budget_ = 0;
};

}  // namespace

void read_word(CompoundFile& file, std::size_t storage, ReadingSink& sink) {
  WordReader(file, storage, sink).read();
}

}  // namespace phimilter::extract
