// SPDX-License-Identifier: Apache-2.0
//
// From GMime's tree to what the reader sees: which text is the body, what is a file, what is a
// picture of the body. For files that see GMime.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "portal/opened_message.h"
#include "portal/part_content.h"

namespace phimilter::portal {

inline constexpr std::size_t kInlinePicture = 1024 * 1024;       // a larger one is a file
inline constexpr std::size_t kInlinePictures = 4 * 1024 * 1024;  // of all in one page
inline constexpr std::size_t kBodyText = 1024 * 1024;  // of all texts; past it a text is a file

struct Picture {
  std::string id;  // Content-ID, without its brackets
  std::size_t attachment = 0;
  bool has_id(std::string_view asked) const;  // as a cid: URL spells it (RFC 2392)
};

struct MessageContent {
  std::string from, subject;
  std::vector<std::string> others;
  ThreadFields thread;
  std::optional<SentDate> date;
  std::optional<std::string> text, html;
  std::vector<Attachment> attachments;
  std::vector<GMimeObject*> attachment_parts;  // borrowed from the message
  std::vector<Picture> pictures;
};

MessageContent walk_message(GMimeMessage* message);

}  // namespace phimilter::portal
