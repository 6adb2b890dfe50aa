// SPDX-License-Identifier: Apache-2.0
#include <string>

#include "extract/message_reader.h"
#include "fuzz_target.h"

// A binary attachment: known by its bytes, or by the name it bears.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const bool warm = (phimilter::extract::warm_up(), true);
  (void)warm;
  static constexpr std::string_view kNames[] = {"a.bin", "a.doc", "a.zip", "winmail.dat",
                                                "a.rtf", "a.dcm", "a.xml"};
  const auto choice = phimilter::fuzz::choose(phimilter::fuzz::bytes_of(data, size), 7);
  std::string message =
      "Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: binary\r\n"
      "Content-Disposition: attachment; filename=";
  message.append(kNames[choice.way]).append("\r\n\r\n").append(choice.rest);
  (void)phimilter::extract::read_message(message);
  return 0;
}
