// SPDX-License-Identifier: Apache-2.0
#include "portal/message_walk.h"

#include <algorithm>

#include "base/encoding.h"
#include "base/limits.h"
#include "portal/http.h"

namespace phimilter::portal {
namespace {

constexpr std::string_view kPictureTypes[] = {"image/png", "image/jpeg", "image/gif", "image/webp",
                                              "image/bmp"};
constexpr std::size_t kThreadBytes = 2000;  // of References: past it, the oldest are left out
constexpr std::size_t kOthers = 1000;       // far more than a reply may go to

class Walker {
 public:
  explicit Walker(MessageContent& content) : content_(content) {}

  void walk(GMimeObject* part, std::size_t depth) {
    if (part == nullptr || content_.attachments.size() >= limits::kMimeParts) {
      return;
    }
    if (!GMIME_IS_MULTIPART(part)) {
      walk_leaf(part);
      return;
    }
    GMimeMultipart* multipart = GMIME_MULTIPART(part);
    // Nobody reads them, and they would be held as long as the message is.
    g_mime_multipart_set_prologue(multipart, nullptr);
    g_mime_multipart_set_epilogue(multipart, nullptr);
    const int count = depth >= limits::kMimeDepth ? 0 : g_mime_multipart_get_count(multipart);
    for (int i = 0; i < count; ++i) {
      walk(g_mime_multipart_get_part(multipart, i), depth + 1);
    }
  }

 private:
  void walk_leaf(GMimeObject* part) {
    const std::string type = content_type(part);
    const std::size_t size = decoded_size(part);
    if (is_body(part, type, size)) {
      take_body(part, type);
      return;
    }
    const std::string id =
        GMIME_IS_PART(part) ? text_of(g_mime_part_get_content_id(GMIME_PART(part))) : "";
    if (!id.empty() && std::ranges::find(kPictureTypes, type) != std::end(kPictureTypes)) {
      content_.pictures.push_back({id, content_.attachments.size()});
    }
    content_.attachments.push_back({part_file_name(part), type, size});
    content_.attachment_parts.push_back(part);
  }

  bool is_body(GMimeObject* part, std::string_view type, std::size_t size) const {
    if (is_attachment(part) || !part_file_name(part).empty()) {
      return false;
    }
    if (type == "text/html") {
      return !content_.html && size <= limits::kHtmlBytes;
    }
    return type == "text/plain" && content_.attachments.empty() && texts_ + size <= kBodyText;
  }

  void take_body(GMimeObject* part, std::string_view type) {
    std::string more = decoded_text(part);
    if (type == "text/html") {
      content_.html = std::move(more);
      return;
    }
    texts_ += more.size();
    content_.text = content_.text ? *content_.text + "\n" + more : more;
  }

  MessageContent& content_;
  std::size_t texts_ = 0;
};

std::optional<SentDate> sent_date(GMimeMessage* message) {
  GDateTime* date = g_mime_message_get_date(message);  // borrowed
  if (date == nullptr) {
    return std::nullopt;
  }
  constexpr GTimeSpan kMinute = 60 * G_TIME_SPAN_SECOND;
  return SentDate{g_date_time_get_year(date),
                  g_date_time_get_month(date),
                  g_date_time_get_day_of_month(date),
                  g_date_time_get_hour(date),
                  g_date_time_get_minute(date),
                  static_cast<int>(g_date_time_get_utc_offset(date) / kMinute)};
}

std::string decoded_header(GMimeMessage* message, const char* name) {
  const char* raw = g_mime_object_get_header(GMIME_OBJECT(message), name);
  char* text = raw == nullptr ? nullptr : g_mime_utils_header_decode_text(nullptr, raw);
  std::string out = valid_utf8(text_of(text));
  g_free(text);
  return out;
}

// The message ids of a field: nothing else of it may come into a header of ours.
std::string message_ids(GMimeMessage* message, const char* name) {
  const std::string raw = text_of(g_mime_object_get_header(GMIME_OBJECT(message), name));
  constexpr std::string_view kInside =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-/=?^_`{|}~.@[]:";
  std::vector<std::string> ids;
  for (std::size_t open = raw.find('<'); open != std::string::npos;
       open = raw.find('<', open + 1)) {
    const std::size_t close = raw.find('>', open);
    if (close == std::string::npos) {
      break;
    }
    const std::string inside = raw.substr(open + 1, close - open - 1);
    if (!inside.empty() && inside.size() <= 250 &&
        inside.find_first_not_of(kInside) == std::string::npos) {
      ids.push_back("<" + inside + ">");
    }
  }
  std::string out;
  for (auto id = ids.rbegin(); id != ids.rend() && out.size() + id->size() < kThreadBytes; ++id) {
    out = out.empty() ? *id : *id + " " + out;
  }
  return out;
}

void collect(InternetAddressList* list, std::size_t depth, std::vector<std::string>& out) {
  const int count = list == nullptr ? 0 : internet_address_list_length(list);
  for (int i = 0; i < count && out.size() < kOthers; ++i) {
    InternetAddress* address = internet_address_list_get_address(list, i);
    if (INTERNET_ADDRESS_IS_MAILBOX(address)) {
      out.push_back(valid_utf8(
          text_of(internet_address_mailbox_get_addr(INTERNET_ADDRESS_MAILBOX(address)))));
    } else if (INTERNET_ADDRESS_IS_GROUP(address) && depth < 2) {
      collect(internet_address_group_get_members(INTERNET_ADDRESS_GROUP(address)), depth + 1, out);
    }
  }
}

void mark_pictures(MessageContent& content) {
  for (const Picture& picture : content.pictures) {
    Attachment& file = content.attachments[picture.attachment];
    file.in_body = content.html && file.size <= kInlinePicture &&
                   content.html->find("cid:") != std::string::npos;
    if (!file.in_body) {
      continue;
    }
    std::string escaped = picture.id;
    for (std::size_t at = escaped.find('@'); at != std::string::npos; at = escaped.find('@', at)) {
      escaped.replace(at, 1, "%40");
    }
    file.in_body = content.html->find("cid:" + picture.id) != std::string::npos ||
                   content.html->find("cid:" + escaped) != std::string::npos;
  }
}

}  // namespace

bool Picture::has_id(std::string_view asked) const {
  return asked == id || percent_decoded(asked) == id;
}

MessageContent walk_message(GMimeMessage* message) {
  MessageContent content;
  content.from = decoded_header(message, "From");
  content.subject = decoded_header(message, "Subject");
  collect(g_mime_message_get_to(message), 0, content.others);
  collect(g_mime_message_get_cc(message), 0, content.others);
  content.thread = {message_ids(message, "Message-ID"), message_ids(message, "References")};
  if (content.thread.references.empty()) {
    content.thread.references = message_ids(message, "In-Reply-To");
  }
  content.date = sent_date(message);
  Walker(content).walk(g_mime_message_get_mime_part(message), 0);
  mark_pictures(content);
  return content;
}

}  // namespace phimilter::portal
