// SPDX-License-Identifier: Apache-2.0
//
// The real program with settings, keys and folders of its own; killed at the end.
#pragma once

#include <sys/types.h>

#include <string>

#include "milter/fake_mta.h"
#include "support/temp_folder.h"

namespace phimilter::milter::test {

class RunningFilter {
 public:
  // `more_settings` stands behind the usual ones.
  explicit RunningFilter(const std::string& more_settings = {});
  ~RunningFilter();
  RunningFilter(const RunningFilter&) = delete;
  RunningFilter& operator=(const RunningFilter&) = delete;

  const phimilter::test::TempFolder& folder() const { return folder_; }
  std::string log() const { return folder_.read("log"); }
  // Until the file in the folder holds the text, or half a minute is over.
  bool wait_for(const std::string& file, const std::string& text) const;
  bool wait_for_log(const std::string& text) const { return wait_for("log", text); }
  void signal(int number) const;
  void kill_and_start_again();
  int wait_for_end();  // the exit status, -1: ended by a signal
  // A negotiated connection from the listener OUTBOUND on which the content may begin.
  FakeMta open_message(const std::string& recipient, const std::string& copy_to = {});
  FakeMta open_session();
  // The patient's certificate lies in the folder "certificates", the key for openssl in "pat.key".
  void add_certificate(const std::string& address) const;

 private:
  void start();
  phimilter::test::TempFolder folder_;
  pid_t child_ = -1;
};

// A small lab result for the one recipient.
EndOfMessage send_result(FakeMta& mta, const std::string& more_body = {});

}  // namespace phimilter::milter::test
