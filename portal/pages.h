// SPDX-License-Identifier: Apache-2.0
//
// Every page, from values to markup. No I/O and no decisions: what is shown is given.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "portal/access.h"
#include "portal/html.h"
#include "portal/opened_message.h"
#include "portal/texts.h"

namespace phimilter::portal {

struct PageFrame {
  const Texts& texts;
  std::string organisation_name, organisation_phone;
  std::string path;      // of this page, for the language switch; empty: no switch
  std::string language;  // chosen by the visitor with ?lang=; empty: not chosen
};

enum class Notice {
  none,
  wrong,
  locked,
  code_sent,
  code_too_many,
  no_code,
  empty_answer,
  session_over
};

struct ProofPage {
  std::string link_path;  // "/m/<secret>"
  std::string reference;
  ProofKind kind = ProofKind::question;
  std::string question;
  bool code_waits = false;
  Notice notice = Notice::none;
  int tries_left = 0;
};

struct MessagePage {
  std::string link_path;
  std::string reference;
  std::string form_token;
  std::string from, date, subject;
  std::optional<std::string> text;  // shown when there is no HTML
  bool html = false;                // shown in a frame by its own URL
  bool html_unreadable = false;
  std::size_t remote_blocked = 0;
  std::vector<Attachment> attachments;
};

enum class DeadEnd { unknown, expired, retracted, locked, closed, unavailable, refused, too_large };

std::string proof_page(const PageFrame& frame, const ProofPage& page);
std::string message_page(const PageFrame& frame, const MessagePage& page);
// `locked_s` for DeadEnd::locked; `link_path` for DeadEnd::closed.
std::string dead_end_page(const PageFrame& frame, DeadEnd end, std::int64_t locked_s = 0,
                          const std::string& link_path = {});
// The document in the frame: the sanitised body and nothing else.
std::string body_document(const PageFrame& frame, const Html& body);

std::string human_size(std::size_t bytes);                         // "412 KB"
std::string human_date(const Texts& texts, const SentDate& date);  // "November 21, 2026, 12:00"

}  // namespace phimilter::portal
