// SPDX-License-Identifier: Apache-2.0
//
// Marks: what a sender writes into the subject or a header field to have a message protected more
// ("raise"), or to have it leave as it is ("opt_out", for those whose role allows it).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "extract/message_text.h"
#include "mail/message.h"
#include "policy/model.h"
#include "policy/policy.h"

namespace phimilter::policy {

// The marks that the message bears, in the order of the model. Those of header fields are read
// from context.mark_fields alone, those of the subject from the text.
std::vector<const Mark*> marks_of(const std::vector<Mark>& marks, const extract::MessageText& text,
                                  const MessageContext& context);

// Whether the login is among those who may use the mark. Nobody without a login may opt out.
bool may_opt_out(const Mark& mark, const std::vector<Role>& roles, const std::string& login);

std::vector<std::string> mark_headers(const std::vector<Mark>& marks);
mail::HeaderList without_marks(const std::vector<Mark>& marks, const mail::HeaderList& headers,
                               const extract::MessageText& text);

// The decoded subject of the message itself, in lower-case ASCII letters or as it is.
std::string_view subject_of(const extract::MessageText& text);

// Where the mark's words stand in a text, ASCII letters compared without case; a mark that begins
// or ends with a letter or digit stands as a word. npos: nowhere.
std::size_t find_mark(std::string_view text, std::string_view words);

}  // namespace phimilter::policy
