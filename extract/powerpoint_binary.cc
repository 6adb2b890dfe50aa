// SPDX-License-Identifier: Apache-2.0
#include "extract/powerpoint_binary.h"

#include "extract/text_runs.h"

namespace phimilter::extract {

void read_powerpoint(CompoundFile& file, std::size_t storage, ReadingSink& sink) {
  for (const std::size_t child : file.entries()[storage].children) {
    read_text_runs(file.read(child, sink.bytes_left()), sink);
  }
  sink.opaque("", Opaque::unknown);
}

}  // namespace phimilter::extract
