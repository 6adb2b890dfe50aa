// SPDX-License-Identifier: Apache-2.0
//
// Opens the message of an entry within the memory that there is for this.
#pragma once

#include <functional>

#include "base/limits.h"
#include "portal/entry_call.h"
#include "portal/memory_budget.h"
#include "portal/opened_message.h"
#include "portal/visit_reply.h"

namespace phimilter::portal {

class MessageOpener {
 public:
  explicit MessageOpener(const SiteParts& parts) : parts_(parts) {}
  // 503 when there is no memory for it just now, or it cannot be read.
  Response with_message(EntryCall& call, const std::function<Response(const OpenedMessage&)>& use);

 private:
  const SiteParts& parts_;
  MemoryBudget memory_{1024 * limits::kMiB};  // for messages that are open just now
};

}  // namespace phimilter::portal
