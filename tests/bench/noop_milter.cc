// SPDX-License-Identifier: Apache-2.0
//
// The least that a filter made with libmilter can do and still see every byte: adds up headers and
// body, accepts, changes nothing. "chatty" answers each event, as libmilter does unless told
// otherwise; "quiet" negotiates that only the end of the message is answered.
//
//   noop_milter chatty|quiet SOCKET
#include <libmilter/mfapi.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <numeric>
#include <string_view>

namespace {

constexpr unsigned long kNoReplies = SMFIP_NR_CONN | SMFIP_NR_HELO | SMFIP_NR_MAIL | SMFIP_NR_RCPT |
                                     SMFIP_NR_DATA | SMFIP_NR_UNKN | SMFIP_NR_HDR | SMFIP_NR_EOH |
                                     SMFIP_NR_BODY;

bool quiet = false;
thread_local std::uint64_t sum = 0;

// To answer where no answer was agreed on costs more than chatting: libmilter logs each time.
sfsistat go_on() {
  return quiet ? SMFIS_NOREPLY : SMFIS_CONTINUE;
}

sfsistat on_negotiate(SMFICTX* /*session*/, unsigned long /*actions*/, unsigned long steps,
                      unsigned long /*unused*/, unsigned long /*unused*/,
                      unsigned long* wanted_actions, unsigned long* wanted_steps,
                      unsigned long* unused_1, unsigned long* unused_2) {
  *wanted_actions = 0;
  *wanted_steps = quiet ? steps & kNoReplies : 0;
  *unused_1 = *unused_2 = 0;
  return SMFIS_CONTINUE;
}

sfsistat on_connect(SMFICTX* /*session*/, char* /*host*/, _SOCK_ADDR* /*address*/) {
  return go_on();
}
sfsistat on_helo(SMFICTX* /*session*/, char* /*name*/) {
  return go_on();
}
sfsistat on_mail(SMFICTX* /*session*/, char** /*arguments*/) {
  return go_on();
}
sfsistat on_recipient(SMFICTX* /*session*/, char** /*arguments*/) {
  return go_on();
}
sfsistat on_data(SMFICTX* /*session*/) {
  return go_on();
}
sfsistat on_unknown(SMFICTX* /*session*/, const char* /*command*/) {
  return go_on();
}
sfsistat on_end_of_headers(SMFICTX* /*session*/) {
  return go_on();
}

sfsistat on_header(SMFICTX* /*session*/, char* name, char* value) {
  sum += std::string_view(name).size() + std::string_view(value).size();
  return go_on();
}

sfsistat on_body(SMFICTX* /*session*/, unsigned char* piece, std::size_t size) {
  sum = std::accumulate(piece, piece + size, sum);
  return go_on();
}

sfsistat on_end(SMFICTX* /*session*/) {
  return SMFIS_ACCEPT;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: noop_milter chatty|quiet SOCKET\n");
    return 2;
  }
  quiet = std::string_view(argv[1]) == "quiet";
  char name[] = "noop";
  smfiDesc description = {name,        SMFI_VERSION, 0,         on_connect,        on_helo,
                          on_mail,     on_recipient, on_header, on_end_of_headers, on_body,
                          on_end,      nullptr,      nullptr,   on_unknown,        on_data,
                          on_negotiate};
  const bool ready = smfi_setconn(argv[2]) == MI_SUCCESS &&
                     smfi_register(description) == MI_SUCCESS &&
                     smfi_setbacklog(1024) == MI_SUCCESS;
  return ready && smfi_main() == MI_SUCCESS ? 0 : 1;
}
