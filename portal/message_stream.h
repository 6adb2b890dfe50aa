// SPDX-License-Identifier: Apache-2.0
//
// A message in the vault as a stream that GMime parses and keeps references into, so that the
// content of parts stays where it is.
#pragma once

#include <memory>
#include <optional>

#include "base/result.h"
#include "escrow/vault.h"

struct _GMimeStream;

namespace phimilter::portal {

// Shared by a stream and all that are cut out of it. One thread at a time.
struct MessageSource {
  std::unique_ptr<escrow::MessageBytes> bytes;
  std::optional<Fault> fault;  // the first: GMime itself knows only that a read failed
};

// Owned by the caller (g_object_unref).
_GMimeStream* new_message_stream(std::shared_ptr<MessageSource> source);

}  // namespace phimilter::portal
