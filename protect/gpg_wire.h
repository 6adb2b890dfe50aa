// SPDX-License-Identifier: Apache-2.0
//
// The broker's end of gpg_frames.h: blocking, and the end of the program when phimilter is gone.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "protect/gpg_frames.h"

namespace phimilter::protect {

// nullopt: phimilter closed the socket between two frames. Ends the program when it breaks off
// inside one.
std::optional<FrameHead> receive_head();
void receive(char* buffer, std::size_t size);
std::string receive_body(std::size_t length);  // at most kFrameBody, else the program ends

void send_frame(FrameKind kind, std::string_view body);
void send_fault(const Fault& fault);

// The data frames of one request as a stream that ends at the end frame.
class Upload {
 public:
  std::size_t read(char* buffer, std::size_t size);  // 0: the end
  void drain();

 private:
  void next_frame();

  std::size_t left_in_frame_ = 0;
  bool ended_ = false;
};

}  // namespace phimilter::protect
