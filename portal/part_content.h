// SPDX-License-Identifier: Apache-2.0
//
// What stands in one part of a parsed message: its type, its name, its bytes without the transfer
// encoding, pulled rather than held. For files that see GMime.
#pragma once

#include <gmime/gmime.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace phimilter::portal {

struct Unref {
  void operator()(void* object) const {
    if (object != nullptr) {
      g_object_unref(object);
    }
  }
};
template <typename T>
using GObjectPtr = std::unique_ptr<T, Unref>;

std::string text_of(const char* text);  // nullptr: empty
std::string valid_utf8(std::string_view text);

std::string content_type(GMimeObject* part);    // "image/png"; only tokens of RFC 2045
std::string part_file_name(GMimeObject* part);  // harmless; empty: none
bool is_attachment(GMimeObject* part);          // by its Content-Disposition

// From the beginning of the part's bytes; nullptr: it has none of its own. One at a time for a
// part: they share its place in the message.
GObjectPtr<GMimeStream> decoding_stream(GMimeObject* part);
std::size_t decoded_size(GMimeObject* part);
// The first `longest` bytes.
std::string decoded_bytes(GMimeObject* part, std::size_t longest);
// As UTF-8 with bare newlines, by the part's charset. For parts that are known to be small.
std::string decoded_text(GMimeObject* part);
// A message inside this one, written anew; nullopt: longer than that.
std::optional<std::string> nested_message(GMimeObject* part, std::size_t longest);

}  // namespace phimilter::portal
