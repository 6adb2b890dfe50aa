// SPDX-License-Identifier: Apache-2.0
//
// The outside world: an SMTP server on loopback that takes everything, counts it by what it is, and
// forgets it. One thread, so that it costs little beside what is measured.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <map>
#include <string>
#include <thread>

namespace phimilter::bench {

class SmtpSink {
 public:
  // Ends the program when the port is taken.
  explicit SmtpSink(int port);
  ~SmtpSink();

  SmtpSink(const SmtpSink&) = delete;
  SmtpSink& operator=(const SmtpSink&) = delete;

  // Until so many have arrived, or the time is over.
  void wait_for(std::size_t messages, std::size_t seconds) const;
  std::size_t arrived() const { return arrived_.load(); }
  // Valid once nothing arrives any more.
  std::chrono::steady_clock::time_point last_arrival() const { return last_; }
  std::size_t smime() const { return smime_; }
  std::size_t pgp() const { return pgp_; }
  std::size_t notices() const { return notices_; }

 private:
  struct Session {
    std::string in;
    bool in_data = false;
  };
  void run();
  void accept_all();
  bool serve(int socket, Session& session);
  bool take_command(Session& session, std::string& replies);
  bool take_data(Session& session, std::string& replies);
  void count(const std::string& message);

  int listener_;
  int wake_;
  int poll_;
  std::map<int, Session> sessions_;
  std::atomic<std::size_t> arrived_ = 0;
  std::chrono::steady_clock::time_point last_;
  std::size_t smime_ = 0;
  std::size_t pgp_ = 0;
  std::size_t notices_ = 0;
  std::thread thread_;
};

}  // namespace phimilter::bench
