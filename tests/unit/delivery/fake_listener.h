// SPDX-License-Identifier: Apache-2.0
//
// An SMTP listener that does as its script says, on a unix socket of its own.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/files.h"

namespace phimilter::delivery {

class FakeListener {
 public:
  // Steps: "connect", "EHLO", "MAIL", "RCPT", "DATA", "." and "body" (once content begins to
  // arrive). A step's answer is the reply's text, with its line ends; kClose ends the connection;
  // kHang answers nothing until the client goes.
  static constexpr const char* kClose = "close";
  static constexpr const char* kHang = "hang";
  // For "RCPT" one answer each time, the last one ever after.
  using Script = std::map<std::string, std::vector<std::string>>;

  explicit FakeListener(const std::string& folder, Script script = {}, int connections = 1);
  ~FakeListener();
  std::string address() const { return "unix:" + path_; }
  // What the client said on its connections, one after the other; to be asked when the client is
  // done.
  std::vector<std::string> commands();
  std::string content();  // between DATA's reply and the final dot, as on the wire

 private:
  void serve();
  void talk(int fd);
  std::string answer(const std::string& step);
  void join();

  std::string path_;
  Script script_;
  int connections_;
  UniqueFd socket_;
  std::vector<std::string> commands_;
  std::string content_;
  std::thread thread_;
};

}  // namespace phimilter::delivery
