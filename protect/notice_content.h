// SPDX-License-Identifier: Apache-2.0
//
// What a notice says, as text and as HTML. The HTML is for mail programs: tables, styles inline,
// nothing from elsewhere and no picture, since programs show a picture that comes along as an
// attachment, and hold back one from the net.
#pragma once

#include <string>
#include <vector>

#include "protect/portal_notice.h"

namespace phimilter::protect {

// The sentences of one language, filled in.
struct NoticeSentences {
  std::string language;
  std::string below, subject, greeting, what, how, button, link_label, no_link, until, reference,
      unsure, never, closing;
  std::string organisation, phone, link, footer, colour;
};

// Configuration fault: there is no notice in one of the languages.
Result<std::vector<NoticeSentences>> notice_sentences(const NoticeFacts& facts);

std::string notice_subject(const std::vector<NoticeSentences>& languages);
std::string notice_text(const std::vector<NoticeSentences>& languages);
std::string notice_html(const std::vector<NoticeSentences>& languages);
std::string html_escaped(std::string_view text);

}  // namespace phimilter::protect
