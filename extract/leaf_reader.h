// SPDX-License-Identifier: Apache-2.0
//
// One leaf of the message: by what its bytes are, then by what it says it is, to text or to the
// reason why not.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "extract/format_reader.h"
#include "extract/message_text.h"
#include "extract/mime_tree.h"

namespace phimilter::extract {

struct Leaf {
  const Entity& entity;
  std::string_view bytes;  // without the transfer encoding
  int tools = -1;          // socket of the tool runner
};

struct LeafText {
  std::string media_type;
  std::string text;
  std::optional<Opaque> opaque;
  bool all_encrypted = false;         // nothing of it can be read without a key
  std::optional<std::string> nested;  // a message or MIME entity that stands in it
  std::string visible = {};           // of HTML: what the eye reads, where that is not the text
};

// Files in it go to the sink, and so does the text of documents that formats() reads: it belongs
// behind the text that is returned.
LeafText read_leaf(const Leaf& leaf, ReadingSink& sink);

// The two parts of multipart/encrypted (RFC 3156 4): the control part says version 1, the other is
// really encrypted.
bool is_pgp_mime(const Leaf& control, const Leaf& data);

}  // namespace phimilter::extract
