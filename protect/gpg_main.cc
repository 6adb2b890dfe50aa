// SPDX-License-Identifier: Apache-2.0
//
// phimilter-gpg --home DIR: the only program that touches GNUPGHOME. Started by phimilter, speaks
// gpg_frames.h on descriptor 3, and stays small: GPGME forks for each operation, and a fork costs
// with the memory of the caller.
#include <gpgme.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <cstdio>
#include <string_view>

#include "base/key_limits.h"
#include "protect/gpg_home.h"
#include "protect/gpg_server.h"

namespace {

// Each gpg works for one operation; this program for many, and the agent too, so it is not theirs.
void limit_gpg() {
  const rlimit time{phimilter::limits::kGpgCpuSeconds, phimilter::limits::kGpgCpuSeconds};
  setrlimit(RLIMIT_CPU, &time);
}

void harden() {
  // The parent's keeper thread lives as long as the parent: see gpg_brokers.cc.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  // Not PR_SET_DUMPABLE: GPGME reads /proc/self/fd to close what its child must not have.
  const rlimit no_core{0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
#ifndef PHIMILTER_SANITIZED
  // For each gpg too, which inherits it; they work in streams, and keys from outside are hostile.
  const rlimit memory{phimilter::limits::kGpgMemory, phimilter::limits::kGpgMemory};
  setrlimit(RLIMIT_AS, &memory);
#endif
  // GPGME starts gpg by fork and exec, and offers no other place for this.
  pthread_atfork(nullptr, nullptr, limit_gpg);
  signal(SIGPIPE, SIG_IGN);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3 || std::string_view(argv[1]) != "--home") {
    std::fputs("usage: phimilter-gpg --home DIR   (started by phimilter, not by hand)\n", stderr);
    return 2;
  }
  harden();
  return phimilter::protect::serve_gpg(argv[2]);
}
