// SPDX-License-Identifier: Apache-2.0
//
// phimilter-extract: started by phimilter only, talks over the inherited descriptor 3.
#include <sys/socket.h>

#include <cstdio>

#include "extract/message_reader.h"
#include "extract/zygote.h"

namespace {

bool started_by_phimilter() {
  int type = 0;
  socklen_t size = sizeof type;
  return ::getsockopt(3, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_SEQPACKET;
}

}  // namespace

int main() {
  if (!started_by_phimilter()) {
    std::fputs("phimilter-extract is started by phimilter and talks to it alone\n", stderr);
    return 64;
  }
  phimilter::extract::warm_up();
  return phimilter::extract::run_zygote(&phimilter::extract::read_message);
}
