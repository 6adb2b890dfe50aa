// SPDX-License-Identifier: Apache-2.0
//
// What a session sees: the message, its body for the frame, its files, the way out. Whoever calls
// has checked the session, and for a POST its form token.
//
//   GET  /m/<secret>/message       the message
//   GET  /m/<secret>/body          its HTML, made harmless, for the frame
//   POST /m/<secret>/attachment/N  a file, from 1
//   POST /m/<secret>/original      the message as .eml
//   POST /m/<secret>/logout
#pragma once

#include <functional>
#include <optional>

#include "base/limits.h"
#include "portal/entry_call.h"
#include "portal/memory_budget.h"
#include "portal/opened_message.h"
#include "portal/visit_reply.h"

namespace phimilter::portal {

class ReadingPages {
 public:
  explicit ReadingPages(const SiteParts& parts) : parts_(parts) {}
  static bool shows(const EntryCall& call);  // whether get() knows call.what
  static bool takes(const EntryCall& call);  // whether post() knows call.what
  Response get(EntryCall& call);
  Response post(EntryCall& call);

 private:
  // Opens the message within the memory there is for this; 503 when there is none, or it cannot be
  // read.
  Response with_message(EntryCall& call, const std::function<Response(const OpenedMessage&)>& use);
  Response show_message(EntryCall& call, const OpenedMessage& message);
  Response show_body(EntryCall& call, const OpenedMessage& message);
  Response download(EntryCall& call, std::optional<std::size_t> attachment,
                    const OpenedMessage& message);
  Response logout(EntryCall& call);

  const SiteParts& parts_;
  MemoryBudget memory_{1024 * limits::kMiB};  // for messages that are open just now
};

}  // namespace phimilter::portal
