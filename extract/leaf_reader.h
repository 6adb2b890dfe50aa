// SPDX-License-Identifier: Apache-2.0
//
// One leaf of the message: by what its bytes are, then by what it says it is, to text or to the
// reason why not.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>

#include "extract/message_text.h"
#include "extract/mime_tree.h"

namespace phimilter::extract {

struct Leaf {
  const Entity& entity;
  // The decoded content, at most so many bytes; each call reads it anew.
  std::function<std::string(std::size_t longest)> content;
  int tools = -1;  // socket of the tool runner
};

struct LeafText {
  std::string media_type;
  std::string text;
  std::optional<Opaque> opaque;
  bool all_encrypted = false;         // nothing of it can be read without a key
  std::optional<std::string> nested;  // a message or MIME entity that stands in it
};

LeafText read_leaf(const Leaf& leaf);

// The two parts of multipart/encrypted (RFC 3156 4): the control part says version 1, the other is
// really encrypted.
bool is_pgp_mime(const Leaf& control, const Leaf& data);

}  // namespace phimilter::extract
