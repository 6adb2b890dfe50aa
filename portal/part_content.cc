// SPDX-License-Identifier: Apache-2.0
#include "portal/part_content.h"

#include <algorithm>

#include "base/encoding.h"
#include "portal/file_name.h"

namespace phimilter::portal {
namespace {

GMimeMessage* inner_message(GMimeObject* part) {
  return GMIME_IS_MESSAGE_PART(part) ? g_mime_message_part_get_message(GMIME_MESSAGE_PART(part))
                                     : nullptr;
}

std::string read_all(GMimeStream* stream, std::size_t longest) {
  std::string out;
  char piece[16 * 1024];
  while (out.size() < longest) {
    const ssize_t got =
        g_mime_stream_read(stream, piece, std::min(sizeof piece, longest - out.size()));
    if (got <= 0) {
      break;
    }
    out.append(piece, static_cast<std::size_t>(got));
  }
  return out;
}

std::size_t written_size(GMimeObject* object) {
  const GObjectPtr<GMimeStream> nothing(g_mime_stream_null_new());
  const ssize_t written = g_mime_object_write_to_stream(object, nullptr, nothing.get());
  return written < 0 ? 0 : static_cast<std::size_t>(written);
}

}  // namespace

std::string text_of(const char* text) {
  return text == nullptr ? std::string() : std::string(text);
}

std::string valid_utf8(std::string_view text) {
  char* valid = g_utf8_make_valid(text.data(), static_cast<gssize>(text.size()));
  std::string out = text_of(valid);
  g_free(valid);
  return out;
}

std::string content_type(GMimeObject* part) {
  GMimeContentType* type = g_mime_object_get_content_type(part);
  if (type == nullptr) {
    return "application/octet-stream";
  }
  const std::string text = ascii_lower(text_of(g_mime_content_type_get_media_type(type)) + "/" +
                                       text_of(g_mime_content_type_get_media_subtype(type)));
  constexpr std::string_view kToken = "abcdefghijklmnopqrstuvwxyz0123456789!#$&^_.+-/";
  const bool token = text.find_first_not_of(kToken) == std::string::npos && text.size() < 100 &&
                     std::count(text.begin(), text.end(), '/') == 1;
  return token ? text : "application/octet-stream";
}

std::string part_file_name(GMimeObject* part) {
  const char* name = GMIME_IS_PART(part)
                         ? g_mime_part_get_filename(GMIME_PART(part))
                         : g_mime_object_get_content_disposition_parameter(part, "filename");
  if (name == nullptr && GMIME_IS_MESSAGE_PART(part)) {
    GMimeMessage* inner = inner_message(part);
    const std::string subject =
        inner == nullptr ? std::string() : text_of(g_mime_message_get_subject(inner));
    return harmless_file_name(subject.empty() ? "message.eml" : subject + ".eml");
  }
  return harmless_file_name(valid_utf8(text_of(name)));
}

bool is_attachment(GMimeObject* part) {
  GMimeContentDisposition* disposition = g_mime_object_get_content_disposition(part);
  return disposition != nullptr && g_mime_content_disposition_is_attachment(disposition) != FALSE;
}

GObjectPtr<GMimeStream> decoding_stream(GMimeObject* part) {
  GMimeDataWrapper* content =
      GMIME_IS_PART(part) ? g_mime_part_get_content(GMIME_PART(part)) : nullptr;
  GMimeStream* raw = content == nullptr ? nullptr : g_mime_data_wrapper_get_stream(content);
  if (raw == nullptr) {
    return nullptr;
  }
  g_mime_stream_reset(raw);
  GObjectPtr<GMimeStream> decoding(g_mime_stream_filter_new(raw));
  const GObjectPtr<GMimeFilter> decode(
      g_mime_filter_basic_new(g_mime_data_wrapper_get_encoding(content), FALSE));
  g_mime_stream_filter_add(GMIME_STREAM_FILTER(decoding.get()), decode.get());
  return decoding;
}

std::size_t decoded_size(GMimeObject* part) {
  if (GMIME_IS_MESSAGE_PART(part)) {
    GMimeMessage* inner = inner_message(part);
    return inner == nullptr ? 0 : written_size(GMIME_OBJECT(inner));
  }
  const GObjectPtr<GMimeStream> decoding = decoding_stream(part);
  if (!decoding) {
    return 0;
  }
  const GObjectPtr<GMimeStream> nothing(g_mime_stream_null_new());
  const gint64 written = g_mime_stream_write_to_stream(decoding.get(), nothing.get());
  return written < 0 ? 0 : static_cast<std::size_t>(written);
}

std::string decoded_bytes(GMimeObject* part, std::size_t longest) {
  const GObjectPtr<GMimeStream> decoding = decoding_stream(part);
  return decoding ? read_all(decoding.get(), longest) : std::string();
}

// Not by g_mime_text_part_get_text(), whose text ends at the first NUL.
std::string decoded_text(GMimeObject* part) {
  const GObjectPtr<GMimeStream> decoding = decoding_stream(part);
  if (!decoding) {
    return {};
  }
  const char* charset = g_mime_object_get_content_type_parameter(part, "charset");
  GMimeFilter* to_utf8 = charset == nullptr || *charset == '\0'
                             ? nullptr
                             : g_mime_filter_charset_new(charset, "utf-8");
  if (to_utf8 != nullptr) {
    g_mime_stream_filter_add(GMIME_STREAM_FILTER(decoding.get()), to_utf8);
    g_object_unref(to_utf8);
  }
  std::string text = read_all(decoding.get(), std::string::npos);
  std::erase_if(text, [](char c) { return c == '\r' || c == '\0'; });
  return valid_utf8(text);
}

std::optional<std::string> nested_message(GMimeObject* part, std::size_t longest) {
  GMimeMessage* inner = inner_message(part);
  if (inner == nullptr || written_size(GMIME_OBJECT(inner)) > longest) {
    return std::nullopt;
  }
  const GObjectPtr<GMimeStream> memory(g_mime_stream_mem_new());
  g_mime_object_write_to_stream(GMIME_OBJECT(inner), nullptr, memory.get());
  const GByteArray* bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(memory.get()));
  return std::string(as_text(ByteView(bytes->data, bytes->len)));
}

}  // namespace phimilter::portal
