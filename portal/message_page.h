// SPDX-License-Identifier: Apache-2.0
//
// The message as a page, from values to markup.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "portal/opened_message.h"
#include "portal/page_frame.h"

namespace phimilter::portal {

struct MessagePage {
  std::string link_path;
  std::string reference;
  std::string form_token;
  bool account_offer = false;        // the visitor may make one
  std::int64_t session_minutes = 0;  // closes by itself then
  std::string from, date, subject;
  std::optional<std::string> text;  // shown when there is no HTML
  bool html = false;                // shown in a frame by its own URL
  bool html_unreadable = false;
  std::size_t remote_blocked = 0;
  std::vector<Attachment> attachments;
};

std::string message_page(const PageFrame& frame, const MessagePage& page);
// The document in the frame: the sanitised body and nothing else.
std::string body_document(const PageFrame& frame, const Html& body);

}  // namespace phimilter::portal
