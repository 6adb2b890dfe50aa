// SPDX-License-Identifier: Apache-2.0
#include "extract/answer.h"
#include "extract/message_reader.h"
#include "fuzz_target.h"

// A whole message, and its answer over the socket and back.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const bool warm = (phimilter::extract::warm_up(), true);
  (void)warm;
  const auto text = phimilter::extract::read_message(phimilter::fuzz::bytes_of(data, size));
  if (!phimilter::extract::decode_answer(phimilter::extract::encode_answer(text))) {
    __builtin_trap();  // the filter would take this worker for a hostile one
  }
  return 0;
}
