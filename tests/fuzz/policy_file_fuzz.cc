// SPDX-License-Identifier: Apache-2.0
#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "fuzz_target.h"
#include "policy/lexicon.h"
#include "policy/policy.h"

// A policy file, or a term list, as an admin may have broken it. TOML itself is read by a library.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto choice = phimilter::fuzz::choose(phimilter::fuzz::bytes_of(data, size), 2);
  if (choice.way == 0) {
    (void)phimilter::policy::parse_lexicon(choice.rest, "terms.tsv");
    return 0;
  }
  const int file = memfd_create("policy", MFD_CLOEXEC);
  if (file < 0 || write(file, choice.rest.data(), choice.rest.size()) < 0) {
    std::abort();
  }
  (void)phimilter::policy::test_policy({"/proc/self/fd/" + std::to_string(file)});
  close(file);
  return 0;
}
