// SPDX-License-Identifier: Apache-2.0
#include "portal/opened_message.h"

#include <gmime/gmime.h>

#include <algorithm>
#include <mutex>

#include "base/encoding.h"
#include "base/limits.h"

namespace phimilter::portal {
namespace {

constexpr std::size_t kInlineImage = 1 * limits::kMiB;   // a larger one is left out of the page
constexpr std::size_t kInlineImages = 4 * limits::kMiB;  // of all in one page
constexpr std::string_view kPictureTypes[] = {"image/png", "image/jpeg", "image/gif", "image/webp",
                                              "image/bmp"};

struct Unref {
  void operator()(void* object) const {
    if (object != nullptr) {
      g_object_unref(object);
    }
  }
};
template <typename T>
using GObjectPtr = std::unique_ptr<T, Unref>;

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

std::string decoded(GMimeObject* part) {
  GObjectPtr<GMimeStream> memory(g_mime_stream_mem_new());
  if (GMIME_IS_MESSAGE_PART(part)) {
    GMimeMessage* inner = g_mime_message_part_get_message(GMIME_MESSAGE_PART(part));
    if (inner != nullptr) {
      g_mime_object_write_to_stream(GMIME_OBJECT(inner), nullptr, memory.get());
    }
  } else if (GMIME_IS_PART(part)) {
    GMimeDataWrapper* content = g_mime_part_get_content(GMIME_PART(part));
    if (content != nullptr) {
      g_mime_data_wrapper_write_to_stream(content, memory.get());
    }
  }
  const GByteArray* bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(memory.get()));
  return std::string(as_text(ByteView(bytes->data, bytes->len)));
}

std::size_t decoded_size(GMimeObject* part) {
  if (!GMIME_IS_PART(part)) {
    return decoded(part).size();
  }
  GMimeDataWrapper* content = g_mime_part_get_content(GMIME_PART(part));
  GObjectPtr<GMimeStream> nothing(g_mime_stream_null_new());
  const ssize_t written =
      content == nullptr ? 0 : g_mime_data_wrapper_write_to_stream(content, nothing.get());
  return written < 0 ? 0 : static_cast<std::size_t>(written);
}

std::string decoded_text(GMimeObject* part) {
  char* text =
      GMIME_IS_TEXT_PART(part) ? g_mime_text_part_get_text(GMIME_TEXT_PART(part)) : nullptr;
  std::string out = text != nullptr ? valid_utf8(text) : valid_utf8(decoded(part));
  g_free(text);
  std::erase(out, '\r');
  return out;
}

std::string name_of(GMimeObject* part) {
  const char* name = GMIME_IS_PART(part)
                         ? g_mime_part_get_filename(GMIME_PART(part))
                         : g_mime_object_get_content_disposition_parameter(part, "filename");
  if (name == nullptr && GMIME_IS_MESSAGE_PART(part)) {
    GMimeMessage* inner = g_mime_message_part_get_message(GMIME_MESSAGE_PART(part));
    const std::string subject =
        inner == nullptr ? std::string() : text_of(g_mime_message_get_subject(inner));
    return harmless_file_name(subject.empty() ? "message.eml" : subject + ".eml");
  }
  return harmless_file_name(valid_utf8(text_of(name)));
}

std::optional<SentDate> sent_date(GMimeMessage* message) {
  GDateTime* date = g_mime_message_get_date(message);  // borrowed
  if (date == nullptr) {
    return std::nullopt;
  }
  return SentDate{g_date_time_get_year(date), g_date_time_get_month(date),
                  g_date_time_get_day_of_month(date), g_date_time_get_hour(date),
                  g_date_time_get_minute(date)};
}

bool is_body_text(GMimeObject* part, std::string_view type) {
  GMimeContentDisposition* disposition = g_mime_object_get_content_disposition(part);
  const bool attached =
      disposition != nullptr && g_mime_content_disposition_is_attachment(disposition) != FALSE;
  return !attached && content_type(part) == type && name_of(part).empty();
}

}  // namespace

struct OpenedMessage::State {
  std::string bytes;
  GObjectPtr<GMimeMessage> message;
  std::string from, subject;
  std::optional<SentDate> date;
  std::optional<std::string> text, html;
  std::vector<Attachment> attachments;
  std::vector<GMimeObject*> attachment_parts;  // borrowed from message
  std::vector<std::pair<std::string, GMimeObject*>> pictures;
  mutable std::size_t inlined = 0;

  void walk(GMimeObject* part, std::size_t depth);
  void walk_leaf(GMimeObject* part);
  void mark_pictures();
};

void OpenedMessage::State::mark_pictures() {
  for (const auto& [id, part] : pictures) {
    if (!html || html->find("cid:" + id) == std::string::npos) {
      continue;
    }
    const auto at = std::ranges::find(attachment_parts, part) - attachment_parts.begin();
    attachments[static_cast<std::size_t>(at)].in_body = true;
  }
}

void OpenedMessage::State::walk(GMimeObject* part, std::size_t depth) {
  if (part == nullptr || attachments.size() >= limits::kMimeParts) {
    return;
  }
  if (!GMIME_IS_MULTIPART(part) || depth >= limits::kMimeDepth) {
    walk_leaf(part);
    return;
  }
  GMimeMultipart* multipart = GMIME_MULTIPART(part);
  const int count = g_mime_multipart_get_count(multipart);
  for (int i = 0; i < count; ++i) {
    walk(g_mime_multipart_get_part(multipart, i), depth + 1);
  }
}

void OpenedMessage::State::walk_leaf(GMimeObject* part) {
  if (!html && is_body_text(part, "text/html")) {
    html = decoded_text(part);
    return;
  }
  if (is_body_text(part, "text/plain") && attachments.empty()) {
    const std::string more = decoded_text(part);
    text = text ? *text + "\n" + more : more;
    return;
  }
  const std::string type = content_type(part);
  const std::string id =
      GMIME_IS_PART(part) ? text_of(g_mime_part_get_content_id(GMIME_PART(part))) : "";
  if (!id.empty() && std::ranges::find(kPictureTypes, type) != std::end(kPictureTypes)) {
    pictures.emplace_back(id, part);
  }
  attachments.push_back({name_of(part), type, decoded_size(part)});
  attachment_parts.push_back(part);
}

OpenedMessage::OpenedMessage(std::unique_ptr<State> state) : state_(std::move(state)) {}
OpenedMessage::OpenedMessage(OpenedMessage&&) noexcept = default;
OpenedMessage& OpenedMessage::operator=(OpenedMessage&&) noexcept = default;
OpenedMessage::~OpenedMessage() = default;

Result<OpenedMessage> OpenedMessage::parse(std::string bytes) {
  static std::once_flag once;
  std::call_once(once, [] { g_mime_init(); });
  auto state = std::make_unique<State>();
  state->bytes = std::move(bytes);
  GObjectPtr<GMimeStream> stream(
      g_mime_stream_mem_new_with_buffer(state->bytes.data(), state->bytes.size()));
  GObjectPtr<GMimeParser> parser(g_mime_parser_new_with_stream(stream.get()));
  state->message.reset(g_mime_parser_construct_message(parser.get(), nullptr));
  if (!state->message) {
    return fail(permanent_fault("portal.message_broken", "the sealed message does not parse"));
  }
  GMimeMessage* message = state->message.get();
  const auto header = [message](const char* name) {
    const char* raw = g_mime_object_get_header(GMIME_OBJECT(message), name);
    char* text = raw == nullptr ? nullptr : g_mime_utils_header_decode_text(nullptr, raw);
    std::string out = valid_utf8(text_of(text));
    g_free(text);
    return out;
  };
  state->from = header("From");
  state->subject = header("Subject");
  state->date = sent_date(message);
  state->walk(g_mime_message_get_mime_part(message), 0);
  state->mark_pictures();
  return OpenedMessage(std::move(state));
}

const std::string& OpenedMessage::from() const {
  return state_->from;
}
const std::string& OpenedMessage::subject() const {
  return state_->subject;
}
const std::optional<SentDate>& OpenedMessage::date() const {
  return state_->date;
}
const std::optional<std::string>& OpenedMessage::text() const {
  return state_->text;
}
const std::optional<std::string>& OpenedMessage::html() const {
  return state_->html;
}
const std::vector<Attachment>& OpenedMessage::attachments() const {
  return state_->attachments;
}
const std::string& OpenedMessage::bytes() const {
  return state_->bytes;
}

Result<std::string> OpenedMessage::attachment_bytes(std::size_t number) const {
  if (number >= state_->attachment_parts.size()) {
    return fail(permanent_fault("portal.no_attachment", "the message has no such attachment"));
  }
  return decoded(state_->attachment_parts[number]);
}

std::optional<std::string> OpenedMessage::inline_image(std::string_view content_id) const {
  for (const auto& [id, part] : state_->pictures) {
    if (id != content_id) {
      continue;
    }
    const std::size_t size = decoded_size(part);
    if (size > kInlineImage || state_->inlined + size > kInlineImages) {
      return std::nullopt;
    }
    state_->inlined += size;
    return "data:" + content_type(part) + ";base64," + base64(as_bytes(decoded(part)));
  }
  return std::nullopt;
}

std::string harmless_file_name(std::string_view name) {
  const std::size_t folder = name.find_last_of("/\\");
  if (folder != std::string_view::npos) {
    name.remove_prefix(folder + 1);
  }
  std::string out;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    const bool odd = byte < 0x20 || byte == 0x7f ||
                     std::string_view("\"<>|:*?;%").find(c) != std::string_view::npos;
    out += odd ? '_' : c;
  }
  // Turns of writing direction would let "exe.fdp" read as "pdf.exe" and the like.
  for (const std::string_view turn : {"\u202a", "\u202b", "\u202c", "\u202d", "\u202e", "\u2066",
                                      "\u2067", "\u2068", "\u2069", "\u200e", "\u200f"}) {
    for (std::size_t at = out.find(turn); at != std::string::npos; at = out.find(turn)) {
      out.erase(at, turn.size());
    }
  }
  while (!out.empty() && (out.front() == '.' || out.front() == ' ')) {
    out.erase(0, 1);
  }
  while (!out.empty() && (out.back() == '.' || out.back() == ' ')) {
    out.pop_back();
  }
  constexpr std::size_t kLongest = 120;
  if (out.size() > kLongest) {
    const std::size_t dot = out.rfind('.');
    const std::string ending =
        dot != std::string::npos && out.size() - dot <= 10 ? out.substr(dot) : "";
    std::size_t keep = kLongest - ending.size();
    while (keep > 0 && (static_cast<unsigned char>(out[keep]) & 0xC0U) == 0x80U) {
      --keep;
    }
    out = out.substr(0, keep) + ending;
  }
  return out;
}

}  // namespace phimilter::portal
