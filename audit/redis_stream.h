// SPDX-License-Identifier: Apache-2.0
//
// Ships the journal to a Redis stream: XADD and the writer's cursor in one MULTI, so that nothing
// is shipped twice and nothing is left out, however often Redis goes away. The stream's fields are
// described in docs/decision-record.md.
#pragma once

#include <memory>
#include <string>

#include "audit/journal.h"

namespace phimilter::audit {

class StreamShipper {
 public:
  virtual ~StreamShipper() = default;  // stops the thread; what is not shipped stays in the journal
  virtual std::uint64_t shipped() const = 0;  // last sequence number known to be in Redis
  virtual bool connected() const = 0;
};

struct StreamOptions {
  std::string redis;   // "unix:/run/redis/redis.sock" or "inet:127.0.0.1:6379"
  std::string stream;  // "phimilter:decisions"; the cursor is "<stream>:cursor:<writer>"
  std::string writer;
  std::string journal_folder;
};

// Starts a thread that follows the journal. Redis being away is not a fault: it is logged once and
// tried again with back-off.
std::unique_ptr<StreamShipper> start_stream_shipper(const StreamOptions& options, Journal& journal);

}  // namespace phimilter::audit
