// SPDX-License-Identifier: Apache-2.0
//
// One worker: enters the jail, says so, then reads message after message until its socket closes.
#pragma once

#include "extract/zygote.h"

namespace phimilter::extract {

// `tools`: the socket of its tool runner. Returns the exit status of the process, which has one
// thread and nothing else to do.
int run_worker(int socket, int tools, MessageReader reader);

}  // namespace phimilter::extract
