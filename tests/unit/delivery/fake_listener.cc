// SPDX-License-Identifier: Apache-2.0
#include "delivery/fake_listener.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <optional>

namespace phimilter::delivery {

namespace {

const std::map<std::string, std::string> kDefaults = {
    {"connect", "220 fake ESMTP\r\n"},
    {"EHLO", "250-fake\r\n250-8BITMIME\r\n250-DSN\r\n250 SMTPUTF8\r\n"},
    {"MAIL", "250 2.1.0 Ok\r\n"},
    {"RCPT", "250 2.1.5 Ok\r\n"},
    {"DATA", "354 go on\r\n"},
    {".", "250 2.0.0 Ok: queued as 4XYZ1\r\n"},
    {"QUIT", "221 2.0.0 Bye\r\n"},
};

class Lines {
 public:
  explicit Lines(int fd) : fd_(fd) {}
  std::optional<std::string> next() {
    while (pending_.find("\r\n") == std::string::npos) {
      if (!fill()) {
        return std::nullopt;
      }
    }
    const auto end = pending_.find("\r\n");
    std::string line = pending_.substr(0, end);
    pending_.erase(0, end + 2);
    return line;
  }
  bool fill() {
    char buffer[4096];
    const ssize_t got = ::recv(fd_, buffer, sizeof(buffer), 0);
    pending_.append(buffer, got > 0 ? static_cast<std::size_t>(got) : 0U);
    return got > 0;
  }

 private:
  int fd_;
  std::string pending_;
};

}  // namespace

FakeListener::FakeListener(const std::string& folder, Script script, int connections)
    : path_(folder + "/smtp"), script_(std::move(script)), connections_(connections) {
  ::unlink(path_.c_str());
  socket_ = UniqueFd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path_.c_str(), sizeof(address.sun_path) - 1);
  require(::bind(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0 &&
              ::listen(socket_.get(), 1) == 0,
          "a socket for the fake listener");
  thread_ = std::thread([this] { serve(); });
}

FakeListener::~FakeListener() {
  join();
}

void FakeListener::join() {
  if (thread_.joinable()) {
    ::shutdown(socket_.get(), SHUT_RDWR);  // wakes an accept() that nobody came to
    thread_.join();
  }
}

std::vector<std::string> FakeListener::commands() {
  join();
  return commands_;
}

std::string FakeListener::content() {
  commands();
  return content_;
}

std::string FakeListener::answer(const std::string& step) {
  const auto scripted = script_.find(step);
  if (scripted == script_.end()) {
    const auto known = kDefaults.find(step);
    return known == kDefaults.end() ? "502 5.5.2 what\r\n" : known->second;
  }
  std::string text = scripted->second.front();
  if (scripted->second.size() > 1) {
    scripted->second.erase(scripted->second.begin());
  }
  return text;
}

void FakeListener::serve() {
  for (int left = connections_; left > 0; --left) {
    const UniqueFd fd(::accept(socket_.get(), nullptr, nullptr));
    if (!fd) {
      return;
    }
    talk(fd.get());
  }
}

void FakeListener::talk(int fd) {
  Lines lines(fd);
  std::string step = "connect";
  while (true) {
    const std::string text = answer(step);
    if (text == kClose) {
      return;
    }
    if (text == kHang) {
      while (lines.fill()) {
      }
      return;
    }
    ::send(fd, text.data(), text.size(), MSG_NOSIGNAL);
    if (step == "QUIT") {
      return;
    }
    if (step == "DATA" && text.rfind("354", 0) == 0) {
      if (script_.count("body") > 0) {
        lines.fill();
        return;
      }
      for (auto line = lines.next(); line != "."; line = lines.next()) {
        if (!line) {
          return;
        }
        content_ += *line + "\r\n";
      }
      step = ".";
      continue;
    }
    const auto line = lines.next();
    if (!line) {
      return;
    }
    commands_.push_back(*line);
    step = line->substr(0, 4);
  }
}

}  // namespace phimilter::delivery
