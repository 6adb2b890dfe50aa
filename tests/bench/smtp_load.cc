// SPDX-License-Identifier: Apache-2.0
//
// Sends mails to an SMTP server over parallel sessions, and is the world behind it: the sink runs
// in the same program, so that both rates come from one clock. Prints one JSON object: mails
// accepted a second, mails arrived a second (from the first connection to the last arrival), the
// time from the final dot to the reply, and what arrived.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <mutex>
#include <optional>

#include "bench/load_plan.h"
#include "bench/smtp_sink.h"

namespace phimilter::bench {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::duration;

double milliseconds_since(Clock::time_point begin) {
  return duration<double, std::milli>(Clock::now() - begin).count();
}

class Client {
 public:
  explicit Client(int port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const int on = 1;
    ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  }
  ~Client() { ::close(socket_); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  bool greet() {
    return connected_ && code() == 220 && send("EHLO load.clinic.example\r\n") && code() == 250;
  }

  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) {
        return false;
      }
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }

  // Of the next reply; 0: the connection is lost.
  int code() {
    for (;;) {
      const auto end = in_.find('\n');
      if (end == std::string::npos) {
        char piece[4096];
        const ssize_t got = ::recv(socket_, piece, sizeof piece, 0);
        if (got <= 0) {
          return 0;
        }
        in_.append(piece, static_cast<std::size_t>(got));
        continue;
      }
      line_ = in_.substr(0, end);
      in_.erase(0, end + 1);
      if (line_.size() < 4 || line_[3] != '-') {
        return std::atoi(line_.c_str());
      }
    }
  }
  const std::string& last_line() const { return line_; }

 private:
  int socket_;
  bool connected_ = false;
  std::string in_;
  std::string line_;
};

struct Measured {
  std::mutex lock;
  std::vector<double> dot_to_reply;
  std::string first_error;
  std::size_t accepted = 0;
  std::size_t later = 0;
  std::size_t refused = 0;
};

enum class Outcome { accepted, later, refused };

// Copied together only where that costs nothing.
bool send_content(Client& client, const std::pair<std::string, std::string_view>& wire) {
  constexpr std::size_t kShort = 1024 * 1024;
  const auto& [head, body] = wire;
  return body.size() < kShort ? client.send(head + std::string(body))
                              : client.send(head) && client.send(body);
}

// The envelope in one write (RFC 2920), the content in another.
Outcome send_mail(Client& client, const LoadPlan& plan, const std::string& sender,
                  std::size_t number, double& reply_ms) {
  const std::string envelope =
      "MAIL FROM:<" + sender + ">\r\nRCPT TO:<" + plan.recipient(number) + ">\r\nDATA\r\n";
  if (!client.send(envelope)) {
    return Outcome::refused;
  }
  const int mail = client.code();
  if (mail == 451) {
    return client.code() != 0 && client.code() != 0 ? Outcome::later : Outcome::refused;
  }
  if (mail != 250 || client.code() != 250 || client.code() != 354 ||
      !send_content(client, plan.wire(number))) {
    return Outcome::refused;
  }
  const auto dot = Clock::now();
  const int code = client.code();
  reply_ms = milliseconds_since(dot);
  return code == 250 ? Outcome::accepted : Outcome::refused;
}

// A session of its own for every few mails.
class Session {
 public:
  Session(const Options& options, const LoadPlan& plan) : options_(options), plan_(plan) {}

  // Comes again a little later when it is told to, as a mail server does after longer.
  void send(std::size_t number, Measured& all) {
    Outcome outcome = Outcome::later;
    while (outcome == Outcome::later) {
      prepare();
      double reply_ms = 0;
      outcome = left_ > 0 ? send_mail(*client_, plan_, options_.text("sender"), number, reply_ms)
                          : Outcome::refused;
      left_ = outcome == Outcome::refused ? 0 : left_ - 1;
      note(all, outcome, reply_ms);
      if (outcome == Outcome::later) {
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
      }
    }
  }

  void end() {
    if (client_) {
      client_->send("QUIT\r\n");
    }
  }

 private:
  void prepare() {
    if (left_ == 0) {
      end();
      client_.emplace(static_cast<int>(options_.number("port")));
      left_ = client_->greet() ? options_.number("per-session") : 0;
    }
  }

  void note(Measured& all, Outcome outcome, double reply_ms) {
    const std::lock_guard guard(all.lock);
    if (outcome == Outcome::accepted) {
      all.dot_to_reply.push_back(reply_ms);
      ++all.accepted;
    } else if (outcome == Outcome::later) {
      ++all.later;
    } else {
      ++all.refused;
      all.first_error = all.first_error.empty() ? client_->last_line() : all.first_error;
    }
  }

  const Options& options_;
  const LoadPlan& plan_;
  std::optional<Client> client_;
  std::size_t left_ = 0;
};

void run_session(const Options& options, const LoadPlan& plan, std::atomic<std::size_t>& next,
                 Measured& all) {
  const std::size_t last = options.number("first") + options.number("messages");
  Session session(options, plan);
  for (std::size_t number = next++; number < last; number = next++) {
    session.send(number, all);
  }
  session.end();
}

double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

int measure(const Options& options) {
  const LoadPlan plan = LoadPlan::read(options.text("plan"));
  const SmtpSink sink(static_cast<int>(options.number("sink")));
  Measured all;
  std::atomic<std::size_t> next = options.number("first");
  const auto begin = Clock::now();
  std::vector<std::thread> sessions;
  for (std::size_t i = 0; i < options.number("sessions"); ++i) {
    sessions.emplace_back([&] { run_session(options, plan, next, all); });
  }
  for (std::thread& session : sessions) {
    session.join();
  }
  const double sending = milliseconds_since(begin) / 1000;
  sink.wait_for(all.accepted, options.number("wait"));
  const double arriving = duration<double>(sink.last_arrival() - begin).count();
  JsonLine()
      .add("accepted", all.accepted)
      .add("later", all.later)
      .add("refused", all.refused)
      .add("arrived", sink.arrived())
      .add("accepted_per_s", static_cast<double>(all.accepted) / sending)
      .add("end_to_end_per_s", static_cast<double>(sink.arrived()) / arriving)
      .add("seconds", arriving)
      .add_times("reply", all.dot_to_reply)
      .add("smime", sink.smime())
      .add("pgp", sink.pgp())
      .add("notices", sink.notices())
      .add("load_cpu_s", cpu_seconds())
      .add("error", all.first_error)
      .print();
  return all.refused == 0 && sink.arrived() == all.accepted ? 0 : 1;
}

}  // namespace
}  // namespace phimilter::bench

int main(int argc, char** argv) {
  return phimilter::bench::measure({argc,
                                    argv,
                                    {{"plan", ""},
                                     {"port", ""},
                                     {"sink", ""},
                                     {"messages", "1000"},
                                     {"first", "0"},
                                     {"sessions", "16"},
                                     {"per-session", "10"},
                                     {"sender", "lab@clinic.example"},
                                     {"wait", "60"}}});
}
