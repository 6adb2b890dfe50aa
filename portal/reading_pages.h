// SPDX-License-Identifier: Apache-2.0
//
// What a session sees: the message, its body for the frame, its files, the way out. Whoever calls
// has checked the session, and for a POST its form token.
//
//   GET  /m/<secret>/message       the message
//   GET  /m/<secret>/body          its HTML, made harmless, for the frame
//   GET  /m/<secret>/body/N        the same of a message inside
//   GET  /m/<secret>/print         the message as it is printed
//   POST /m/<secret>/view/N        a file to look at, from 1
//   POST /m/<secret>/attachment/N  a file to save
//   POST /m/<secret>/original      the message as .eml
//   POST /m/<secret>/logout
#pragma once

#include "portal/message_opener.h"
#include "portal/message_page.h"

namespace phimilter::portal {

class ReplyPages;

class ReadingPages {
 public:
  ReadingPages(const SiteParts& parts, MessageOpener& opener, ReplyPages& replies)
      : parts_(parts), opener_(opener), replies_(replies) {}
  static bool shows(const EntryCall& call);  // whether get() knows call.what
  static bool takes(const EntryCall& call);  // whether post() knows call.what
  Response get(EntryCall& call);
  Response post(EntryCall& call);

 private:
  Response show(EntryCall& call, const OpenedMessage& message);
  Response show_message(EntryCall& call, const OpenedMessage& message);
  Response show_body(EntryCall& call, const OpenedMessage& message);
  Response show_print(EntryCall& call, const OpenedMessage& message);
  Response give(EntryCall& call, const OpenedMessage& message);
  Response original(EntryCall& call, const OpenedMessage& message);
  Response view(EntryCall& call, std::size_t number, const OpenedMessage& message);
  static FilePage file_page_of(const EntryCall& call, std::size_t number,
                               const OpenedMessage& message, const PageFrame& page_frame);
  Response view_text(EntryCall& call, std::size_t number, const OpenedMessage& message);
  Response view_message(EntryCall& call, std::size_t number, const OpenedMessage& message);
  Response file(EntryCall& call, std::size_t number, const OpenedMessage& message,
                std::string_view viewed_as);
  Response logout(EntryCall& call);
  PageFrame frame(const EntryCall& call, const std::string& below) const;

  const SiteParts& parts_;
  MessageOpener& opener_;
  ReplyPages& replies_;
};

}  // namespace phimilter::portal
