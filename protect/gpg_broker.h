// SPDX-License-Identifier: Apache-2.0
//
// One phimilter-gpg process, and one request to it at a time, under a deadline.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "base/files.h"
#include "base/result.h"
#include "mail/spool.h"
#include "protect/gpg_frames.h"

namespace phimilter::protect {

using Deadline = std::chrono::steady_clock::time_point;

class GpgBroker {
 public:
  // Starts the program in a process group of its own and waits for its greeting. The broker dies
  // with the calling *thread* (PR_SET_PDEATHSIG). Faults: what the greeting says; transient when
  // there is none.
  static Result<std::unique_ptr<GpgBroker>> start(const std::string& program,
                                                  const std::string& home, Deadline deadline);
  ~GpgBroker();  // kills the whole process group
  GpgBroker(const GpgBroker&) = delete;
  GpgBroker& operator=(const GpgBroker&) = delete;

  bool alive() const;  // false: it hung up or said something unasked
  int socket() const { return socket_.get(); }
  pid_t pid() const { return pid_; }

 private:
  GpgBroker(pid_t pid, UniqueFd socket) : pid_(pid), socket_(std::move(socket)) {}
  pid_t pid_;
  UniqueFd socket_;
};

// A request: what is written to it goes to the broker, the data of the answer goes to `answer`
// meanwhile. After anything but a finished() call the broker is in an unknown state and must not be
// used again.
class GpgCall final : public mail::ByteSink {
 public:
  GpgCall(GpgBroker& broker, Deadline deadline, mail::ByteSink& answer)
      : broker_(broker), deadline_(deadline), answer_(answer) {}

  void begin(FrameKind kind, std::string_view body);
  Status write(std::string_view bytes) override;
  // Ends the data (encrypt, import) and waits for the outcome: the body of the done frame, or the
  // broker's fault.
  Result<std::string> finish();
  // Only waits for the outcome (list, greeting).
  Result<std::string> outcome();
  bool finished() const { return finished_; }

 private:
  Status exchange();
  Status receive();
  Status take_frames();
  void queue(FrameKind kind, std::string_view body);
  void flush_data();

  GpgBroker& broker_;
  Deadline deadline_;
  mail::ByteSink& answer_;
  std::string data_;      // not yet in a frame
  std::string outgoing_;  // frames not yet sent
  std::size_t sent_ = 0;  // of outgoing_
  std::string incoming_;  // a frame that is not complete
  Result<std::string> outcome_ = std::string();
  bool finished_ = false;
};

}  // namespace phimilter::protect
