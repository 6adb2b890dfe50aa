// SPDX-License-Identifier: Apache-2.0
//
// The pages on which a sender sees what became of their messages, from values to markup. They show
// addresses, references and times, and nothing of a message, not even its subject.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "delivery/message_rows.h"
#include "portal/page_frame.h"

namespace phimilter::portal {

enum class SentWord { none, wrong, locked, too_many, over };

struct SentSignIn {
  std::string address;    // empty: it is asked for
  std::string reference;  // of the code on its way
  SentWord word = SentWord::none;
};

struct SentList {
  std::string address, form_token;
  std::string recipient, state;  // the filter, as it was asked for
  std::vector<delivery::MessageRow> rows;
  std::size_t from = 0, all = 0;  // place of the first row among all
};

struct SentMessage {
  std::string form_token;
  delivery::MessageRow row;
  std::string done;  // name of the sentence about what was just done; empty: nothing
};

inline constexpr std::size_t kSentRows = 25;
inline constexpr int kSentExtendDays[] = {7, 30, 90};

std::string sent_sign_in_page(const PageFrame& frame, const SentSignIn& page);
std::string sent_list_page(const PageFrame& frame, const SentList& page);
std::string sent_message_page(const PageFrame& frame, const SentMessage& page);

// In a query: everything but letters and digits as %XX.
std::string url_encoded(std::string_view text);

}  // namespace phimilter::portal
