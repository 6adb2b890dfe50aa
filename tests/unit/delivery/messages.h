// SPDX-License-Identifier: Apache-2.0
//
// Captured messages for tests.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "mail/message.h"

namespace phimilter::delivery {

inline mail::CapturedMessage message_of(std::string_view bytes, std::string_view sender,
                                        const std::vector<std::string>& recipients) {
  auto message = mail::parse_message(bytes, "/tmp").value();
  if (!sender.empty()) {
    message.envelope.reverse_path = mail::Address::parse(sender).value();
  }
  for (const std::string& recipient : recipients) {
    message.envelope.recipients.push_back(
        {mail::Address::parse(recipient).value(), '<' + recipient + '>', {}});
  }
  message.envelope.client = {.daemon_name = "OUTBOUND",
                             .address = "192.0.2.7",
                             .name = "ward.clinic.example",
                             .helo = "ward",
                             .login = "",
                             .mta_name = "mx.clinic.example"};
  message.queue_id = "4F2A1B";
  return message;
}

}  // namespace phimilter::delivery
