// SPDX-License-Identifier: Apache-2.0
//
// A MessageText as bytes: u8 already encrypted, u32 parts, then for each part u8 kind, u8 opaque
// (255: none), and path, media type and text, each u32 length and bytes. What comes from a worker
// is untrusted.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/limits.h"
#include "extract/message_text.h"

namespace phimilter::extract {

// Beside MIME parts there are parts for the header fields of nested messages, for files in files,
// for file names and for doubts.
inline constexpr std::size_t kAnswerParts = 4 * limits::kMimeParts + 2 * limits::kMembers;
inline constexpr std::size_t kAnswerPath = 1024;
inline constexpr std::size_t kAnswerMediaType = 256;
inline constexpr std::size_t kAnswerBytes =
    limits::kMessageText + kAnswerParts * (kAnswerPath + kAnswerMediaType + 16);

std::string encode_answer(const MessageText& text);
// Everything is checked: counts, lengths, known kinds and reasons, UTF-8, nothing left over.
std::optional<MessageText> decode_answer(std::string_view bytes);

std::string encode_number(std::uint32_t number);
std::optional<std::uint32_t> decode_number(std::string_view bytes);

}  // namespace phimilter::extract
