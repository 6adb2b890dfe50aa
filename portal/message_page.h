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

struct MessageFacts {
  std::string from, date, subject;
};

// The text of a message, or the frame that shows its HTML.
struct MessageBody {
  std::optional<std::string> text;  // shown when there is no HTML
  std::string html_path;            // of the document in the frame; empty: there is no HTML
  bool unreadable = false;
  std::size_t remote_blocked = 0;
};

struct Appointment {
  std::string what, when, where;
  bool cancelled = false;
};

struct FileRow {
  std::size_t number = 0;  // in its URLs
  std::string name, type;
  std::size_t size = 0;
  bool can_view = false;
};

struct SentReplyRow {
  std::string date, text, to;  // `to`: of one that was forwarded
  std::string refused;         // for these addresses
  std::vector<std::string> files;
};

struct MessagePage {
  std::string link_path;
  std::string reference;
  std::string form_token;
  bool account_offer = false;        // the visitor may make one
  std::int64_t session_minutes = 0;  // closes by itself then
  MessageFacts facts;
  MessageBody body;
  std::vector<Appointment> appointments;
  std::vector<FileRow> files;
  bool can_reply = false, can_reply_all = false, can_forward = false;
  bool just_sent = false;
  std::vector<SentReplyRow> replies;
};

std::string message_page(const PageFrame& frame, const MessagePage& page);

// A file of the message on a page of its own: a text, or a message.
struct FilePage {
  std::string link_path, form_token;
  std::size_t number = 0;
  std::string name;
  std::optional<MessageFacts> facts;  // of a message
  MessageBody body;
};
std::string file_page(const PageFrame& frame, const FilePage& page);

// The document in the frame: the sanitised body and nothing else.
std::string body_document(const PageFrame& frame, const Html& body);
// The message on paper: facts, body, names of files.
std::string print_document(const PageFrame& frame, const MessageFacts& facts, const Html& body,
                           const std::vector<FileRow>& files);

}  // namespace phimilter::portal
