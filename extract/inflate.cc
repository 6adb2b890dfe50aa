// SPDX-License-Identifier: Apache-2.0
#include "extract/inflate.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>

namespace phimilter::extract {
namespace {

constexpr std::size_t kStep = 64U << 10U;

}  // namespace

Inflated inflate(std::string_view compressed, std::size_t longest) {
  Inflated result;
  z_stream stream{};
  if (compressed.size() > UINT32_MAX || inflateInit(&stream) != Z_OK) {
    return result;
  }
  const std::unique_ptr<z_stream, int (*)(z_stream*)> owner(&stream, &inflateEnd);
  std::string input(compressed);  // zlib's pointer is not const
  stream.next_in = reinterpret_cast<Bytef*>(input.data());
  stream.avail_in = static_cast<uInt>(input.size());
  std::array<char, kStep> step{};
  int status = Z_OK;
  while (status == Z_OK && result.bytes.size() < longest) {
    stream.next_out = reinterpret_cast<Bytef*>(step.data());
    stream.avail_out = static_cast<uInt>(std::min(kStep, longest - result.bytes.size()));
    const uInt room = stream.avail_out;
    status = ::inflate(&stream, Z_NO_FLUSH);
    result.bytes.append(step.data(), room - stream.avail_out);
  }
  result.whole = status == Z_STREAM_END;
  return result;
}

}  // namespace phimilter::extract
