// SPDX-License-Identifier: Apache-2.0
//
// From a message to what its pages show.
#pragma once

#include <string>
#include <vector>

#include "escrow/entry.h"
#include "portal/message_page.h"
#include "portal/opened_message.h"
#include "portal/sanitise.h"

namespace phimilter::portal {

MessageFacts facts_of(const OpenedMessage& message, const escrow::EntryFacts& entry,
                      const Texts& texts);
// `html_path`: of the document in the frame, where there is HTML that can be shown.
MessageBody body_of(const OpenedMessage& message, const std::string& html_path);
Result<SanitisedHtml> harmless_html(const OpenedMessage& message);  // needs HTML
std::vector<FileRow> files_of(const OpenedMessage& message, const PageFrame& frame);
// There is a body, and none of it can be shown.
bool unreadable(const OpenedMessage& message, bool html_shown);
std::string file_name_of(const Attachment& file, std::size_t number, const PageFrame& frame);
std::vector<Appointment> appointments_of(const OpenedMessage& message, const Texts& texts);

}  // namespace phimilter::portal
