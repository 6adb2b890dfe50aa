// SPDX-License-Identifier: Apache-2.0
#include "extract/compressed_rtf.h"

#include <algorithm>
#include <array>

#include "extract/little_endian.h"

namespace phimilter::extract {
namespace {

constexpr std::uint32_t kCompressed = 0x75465A4C;
constexpr std::uint32_t kUncompressed = 0x414C454D;
constexpr std::size_t kHeader = 16;
constexpr std::size_t kWindow = 4096;
// What the window holds before anything was written ([MS-OXRTFCP] 2.1.2.1).
constexpr std::string_view kFirstWindow =
    "{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern "
    "\\fscript \\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0"
    "\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx";

class Unpacker {
 public:
  Unpacker(std::string_view bytes, std::size_t longest) : input_(bytes), longest_(longest) {
    std::copy(kFirstWindow.begin(), kFirstWindow.end(), window_.begin());
  }

  std::string unpack() {
    bool more = true;
    while (more && input_.left() > 0 && output_.size() < longest_) {
      const unsigned control = input_.u8();
      for (unsigned bit = 0; more && bit < 8 && output_.size() < longest_; ++bit) {
        more = (control >> bit & 1U) != 0 ? take_reference() : take_literal();
      }
    }
    return std::move(output_);
  }

 private:
  bool take_literal() {
    if (input_.left() == 0) {
      return false;
    }
    put(static_cast<char>(input_.u8()));
    return true;
  }

  // 12 bits of place, 4 bits of length, the high byte first. The end refers to where it stands.
  bool take_reference() {
    const unsigned high = input_.u8();
    const unsigned reference = high << 8U | input_.u8();
    std::size_t place = reference >> 4U;
    if (input_.short_read() || place == at_) {
      return false;
    }
    for (std::size_t left = (reference & 0xFU) + 2; left > 0; --left) {
      put(window_[place]);
      place = (place + 1) % kWindow;
    }
    return true;
  }

  void put(char c) {
    output_ += c;
    window_[at_] = c;
    at_ = (at_ + 1) % kWindow;
  }

  LittleEndianReader input_;
  const std::size_t longest_;
  std::array<char, kWindow> window_{};
  std::size_t at_ = kFirstWindow.size();
  std::string output_;
};

}  // namespace

std::optional<std::string> unpack_compressed_rtf(std::string_view bytes, std::size_t longest) {
  const std::uint32_t kind = u32_at(bytes, 8);
  const std::string_view content = slice(bytes, kHeader, bytes.size());
  if (kind == kUncompressed) {
    return std::string(content.substr(0, longest));
  }
  if (kind != kCompressed) {
    return std::nullopt;
  }
  return Unpacker(content, std::min(longest, bytes.size() * 17)).unpack();
}

}  // namespace phimilter::extract
