// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "extract/archive_reader.h"
#include "extract/format_reader.h"
#include "extract/ole_reader.h"
#include "extract/rtf_reader.h"

namespace phimilter::extract {

std::span<const Format> formats() {
  // Format{"media/type", is_..., read_...}, the more exact ones first.
  static constexpr std::array kFormats{
      Format{"application/rtf", is_rtf, read_rtf},
      Format{"application/msword", is_word_binary, read_compound_file},
      Format{"application/vnd.ms-excel", is_excel_binary, read_compound_file},
      Format{"application/vnd.ms-powerpoint", is_powerpoint_binary, read_compound_file},
      Format{"application/vnd.ms-outlook", is_outlook_item, read_compound_file},
      Format{"application/x-ole-storage", is_compound_file, read_compound_file},
  };
  return kFormats;
}

std::span<const Format> record_formats() {
  static constexpr std::array<Format, 0> kFormats{};
  return kFormats;
}

}  // namespace phimilter::extract
