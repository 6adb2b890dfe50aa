// SPDX-License-Identifier: Apache-2.0
#include <string>

#include "extract/message_reader.h"
#include "fuzz_target.h"

// Text that is more than text: records, tables, pages, encoded files.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const bool warm = (phimilter::extract::warm_up(), true);
  (void)warm;
  static constexpr std::string_view kTypes[] = {
      "text/plain",    "text/html",           "text/csv; name=a.csv",
      "text/calendar", "text/vcard",          "application/json",
      "text/xml",      "application/edi-x12", "text/plain; format=flowed; delsp=yes",
      "text/rtf",      "text/enriched",       "text/plain; charset=utf-7"};
  const auto choice = phimilter::fuzz::choose(phimilter::fuzz::bytes_of(data, size), 12);
  std::string message = "Content-Transfer-Encoding: binary\r\nContent-Type: ";
  message.append(kTypes[choice.way]).append("\r\n\r\n").append(choice.rest);
  (void)phimilter::extract::read_message(message);
  return 0;
}
