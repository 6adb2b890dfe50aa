// SPDX-License-Identifier: Apache-2.0
#include "extract/answer.h"

#include <algorithm>
#include <array>

#include "base/result.h"
#include "extract/byte_codec.h"
#include "extract/utf8.h"

namespace phimilter::extract {
namespace {

constexpr std::array kKinds{PartKind::header, PartKind::body, PartKind::attachment,
                            PartKind::member, PartKind::file_name};
constexpr std::array kReasons{Opaque::encrypted, Opaque::broken,  Opaque::ambiguous, Opaque::limit,
                              Opaque::image,     Opaque::unknown, Opaque::failed};
constexpr std::uint8_t kReadable = 255;

template <typename Table, typename Value>
std::uint8_t index_in(const Table& table, Value value) {
  const auto found = std::find(table.begin(), table.end(), value);
  require(found != table.end(), "every kind and reason has a number in an answer");
  return static_cast<std::uint8_t>(found - table.begin());
}

std::optional<PartText> decode_part(ByteReader& reader) {
  const auto kind = reader.number(1);
  const auto reason = reader.number(1);
  const auto path = reader.text(kAnswerPath);
  const auto media_type = reader.text(kAnswerMediaType);
  const auto text = reader.text(limits::kPartText);
  if (!kind || !reason || !path || !media_type || !text) {
    return std::nullopt;
  }
  if (*kind >= kKinds.size() || (*reason >= kReasons.size() && *reason != kReadable)) {
    return std::nullopt;
  }
  if (!is_utf8(*path) || !is_utf8(*media_type) || !is_utf8(*text)) {
    return std::nullopt;
  }
  PartText part{
      std::string(*path), kKinds[*kind], std::string(*media_type), std::string(*text), {}};
  if (*reason != kReadable) {
    part.opaque = kReasons[*reason];
  }
  return part;
}

}  // namespace

std::string encode_answer(const MessageText& text) {
  std::string out;
  put_number(out, text.already_encrypted ? 1 : 0, 1);
  put_number(out, text.parts.size(), 4);
  for (const auto& part : text.parts) {
    put_number(out, index_in(kKinds, part.kind), 1);
    put_number(out, part.opaque ? index_in(kReasons, *part.opaque) : kReadable, 1);
    put_text(out, part.path);
    put_text(out, part.media_type);
    put_text(out, part.text);
  }
  return out;
}

std::optional<MessageText> decode_answer(std::string_view bytes) {
  ByteReader reader(bytes);
  const auto encrypted = reader.number(1);
  const auto count = reader.number(4);
  if (!encrypted || *encrypted > 1 || !count || *count == 0 || *count > kAnswerParts) {
    return std::nullopt;
  }
  MessageText answer;
  answer.already_encrypted = *encrypted == 1;
  std::size_t total = 0;
  for (std::uint64_t i = 0; i < *count; ++i) {
    auto part = decode_part(reader);
    if (!part) {
      return std::nullopt;
    }
    total += part->text.size();
    answer.parts.push_back(std::move(*part));
  }
  if (!reader.at_end() || total > limits::kMessageText) {
    return std::nullopt;
  }
  return answer;
}

std::string encode_number(std::uint32_t number) {
  std::string out;
  put_number(out, number, 4);
  return out;
}

std::optional<std::uint32_t> decode_number(std::string_view bytes) {
  ByteReader reader(bytes);
  const auto number = reader.number(4);
  if (!number || !reader.at_end()) {
    return std::nullopt;
  }
  return static_cast<std::uint32_t>(*number);
}

}  // namespace phimilter::extract
