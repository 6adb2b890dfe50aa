// SPDX-License-Identifier: Apache-2.0
//
// Talks to a milter as Postfix does (protocol version 6), without a mail server: what a filter
// costs by itself. Waits for an answer only where the filter did not agree to give none, and sends
// what needs no answer in one write with what follows. Prints one JSON object: mails a second, the
// time from the end of the message to the verdict and from MAIL to the verdict, and the verdicts.
#include <arpa/inet.h>
#include <libmilter/mfdef.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstring>
#include <mutex>
#include <optional>
#include <thread>

#include "bench/load_plan.h"
#include "bench/smtp_sink.h"

namespace phimilter::bench {
namespace {

using Clock = std::chrono::steady_clock;
using std::string_literals::operator""s;

constexpr std::size_t kBodyPiece = 65535;
constexpr std::size_t kLongestAnswer = std::size_t{1} << 27;
constexpr std::uint32_t kActions = 0x1FF;  // all edits of version 6
// What Postfix 3.7 offers.
constexpr std::uint32_t kSteps =
    SMFIP_NOCONNECT | SMFIP_NOHELO | SMFIP_NOMAIL | SMFIP_NORCPT | SMFIP_NOBODY | SMFIP_NOHDRS |
    SMFIP_NOEOH | SMFIP_NR_HDR | SMFIP_NOUNKNOWN | SMFIP_NODATA | SMFIP_SKIP | SMFIP_RCPT_REJ |
    SMFIP_NR_CONN | SMFIP_NR_HELO | SMFIP_NR_MAIL | SMFIP_NR_RCPT | SMFIP_NR_DATA | SMFIP_NR_UNKN |
    SMFIP_NR_EOH | SMFIP_NR_BODY | SMFIP_HDR_LEADSPC;

double milliseconds_since(Clock::time_point begin) {
  return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

std::string number(std::uint32_t value) {
  const std::uint32_t wire = htonl(value);
  std::string out(sizeof wire, '\0');
  std::memcpy(out.data(), &wire, sizeof wire);
  return out;
}

std::uint32_t number_at(const std::string& text, std::size_t at) {
  std::uint32_t wire = 0;
  std::memcpy(&wire, text.data() + at, sizeof wire);
  return ntohl(wire);
}

struct Packet {
  char kind;
  std::string data;
};

class Connection {
  static constexpr std::size_t kMostWaiting = 256 * 1024;

 public:
  explicit Connection(const std::string& path) : socket_(::socket(AF_UNIX, SOCK_STREAM, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    open_ = ::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  }
  ~Connection() { ::close(socket_); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Waits in a buffer until an answer is needed, or there is much of it.
  void put(char kind, const std::string& data) {
    out_ += number(static_cast<std::uint32_t>(data.size() + 1)) + kind + data;
    if (out_.size() >= kMostWaiting) {
      flush();
    }
  }

  bool flush() {
    std::string_view left = out_;
    while (open_ && !left.empty()) {
      const ssize_t sent = ::send(socket_, left.data(), left.size(), MSG_NOSIGNAL);
      open_ = sent > 0;
      left.remove_prefix(open_ ? static_cast<std::size_t>(sent) : 0);
    }
    out_.clear();
    return open_;
  }

  std::optional<Packet> get() {
    if (!flush() || !need(5)) {
      return {};
    }
    const std::size_t size = number_at(in_, 0);
    if (size == 0 || size > kLongestAnswer || !need(4 + size)) {
      return {};
    }
    Packet packet{in_[4], in_.substr(5, size - 1)};
    in_.erase(0, 4 + size);
    return packet;
  }

 private:
  bool need(std::size_t size) {
    while (open_ && in_.size() < size) {
      std::array<char, 65536> piece;
      const ssize_t got = ::recv(socket_, piece.data(), piece.size(), 0);
      open_ = got > 0;
      in_.append(piece.data(), open_ ? static_cast<std::size_t>(got) : 0);
    }
    return open_;
  }

  int socket_;
  bool open_ = false;
  std::string out_;
  std::string in_;
};

class Session {
 public:
  explicit Session(const std::string& path) : connection_(path) {}

  bool begin() {
    connection_.put(SMFIC_OPTNEG, number(SMFI_PROT_VERSION) + number(kActions) + number(kSteps));
    const auto answer = connection_.get();
    if (!answer || answer->kind != SMFIC_OPTNEG || answer->data.size() < 12) {
      return false;
    }
    steps_ = number_at(answer->data, 8);
    macros(SMFIC_CONNECT,
           "j\0mx.clinic.example\0{daemon_name}\0OUTBOUND\0"
           "{client_addr}\0"
           "127.0.0.1\0v\0Postfix 3.7.11\0"s);
    return event(SMFIC_CONNECT,
                 "localhost\0004\xc3\x50"
                 "127.0.0.1\0"s,
                 SMFIP_NOCONNECT, SMFIP_NR_CONN) &&
           event(SMFIC_HELO, "load.clinic.example\0"s, SMFIP_NOHELO, SMFIP_NR_HELO);
  }

  // MAIL was answered with "later": the filter has enough to do.
  static constexpr char kLater = 'L';
  // The verdict; 0: the connection is lost or an earlier step was not answered with "go on".
  char send(const LoadPlan& plan, const std::string& sender, std::size_t mail, double& verdict_ms) {
    skip_body_ = false;
    const auto [headers, body] = plan.parsed(mail);
    macros(SMFIC_MAIL, "{mail_addr}\0"s + sender + "\0{mail_host}\0clinic.example\0"s);
    if (!event(SMFIC_MAIL, "<"s + sender + ">\0"s, SMFIP_NOMAIL, SMFIP_NR_MAIL)) {
      return later_ ? kLater : '\0';
    }
    macros(SMFIC_RCPT, "{rcpt_addr}\0"s + plan.recipient(mail) + "\0i\0"s + queue_id(mail) + "\0"s);
    const bool begun =
        event(SMFIC_RCPT, "<"s + plan.recipient(mail) + ">\0"s, SMFIP_NORCPT, SMFIP_NR_RCPT) &&
        event(SMFIC_DATA, "", SMFIP_NODATA, SMFIP_NR_DATA) && send_headers(headers) &&
        event(SMFIC_EOH, "", SMFIP_NOEOH, SMFIP_NR_EOH) && send_body(body);
    if (!begun) {
      return 0;
    }
    macros(SMFIC_BODYEOB, "i\0"s + queue_id(mail) + "\0"s);
    connection_.put(SMFIC_BODYEOB, "");
    const auto end = Clock::now();
    char verdict = wait_verdict();
    if (verdict == SMFIR_TEMPFAIL || verdict == SMFIR_REPLYCODE) {
      verdict = kLater;
    }
    verdict_ms = milliseconds_since(end);
    connection_.put(SMFIC_ABORT, "");  // as Postfix does behind each message
    return verdict;
  }

  void end() {
    connection_.put(SMFIC_QUIT, "");
    connection_.flush();
  }

 private:
  void macros(char event, const std::string& pairs) { connection_.put(SMFIC_MACRO, event + pairs); }

  static std::string queue_id(std::size_t mail) {
    char text[32];
    std::snprintf(text, sizeof text, "4BENCH%zX", mail + 0x100000);
    return text;
  }

  bool event(char kind, const std::string& data, std::uint32_t not_wanted, std::uint32_t no_reply) {
    if ((steps_ & not_wanted) != 0) {
      return true;
    }
    connection_.put(kind, data);
    if (no_reply != 0 && (steps_ & no_reply) != 0) {
      return true;
    }
    const auto answer = connection_.get();
    skip_body_ = answer && answer->kind == SMFIR_SKIP;
    later_ = answer && (answer->kind == SMFIR_TEMPFAIL || answer->kind == SMFIR_REPLYCODE);
    return answer && (answer->kind == SMFIR_CONTINUE || skip_body_);
  }

  bool send_headers(const Headers& headers) {
    for (const auto& [name, value] : headers) {
      if (!event(SMFIC_HEADER, name + '\0' + value + '\0', SMFIP_NOHDRS, SMFIP_NR_HDR)) {
        return false;
      }
    }
    return true;
  }

  bool send_body(std::string_view body) {
    for (std::size_t at = 0; at < body.size() && !skip_body_; at += kBodyPiece) {
      if (!event(SMFIC_BODY, std::string(body.substr(at, kBodyPiece)), SMFIP_NOBODY,
                 SMFIP_NR_BODY)) {
        return false;
      }
    }
    return true;
  }

  // Edits are read and forgotten.
  char wait_verdict() {
    static constexpr std::string_view kVerdicts = "acdrty";
    for (;;) {
      const auto answer = connection_.get();
      if (!answer) {
        return 0;
      }
      if (kVerdicts.find(answer->kind) != std::string_view::npos) {
        return answer->kind;
      }
      edited_ = edited_ || answer->kind == SMFIR_REPLBODY;
    }
  }

 public:
  bool edited_ = false;

 private:
  Connection connection_;
  std::uint32_t steps_ = 0;
  bool skip_body_ = false;
  bool later_ = false;
};

struct Measured {
  std::mutex lock;
  std::vector<double> verdict;
  std::vector<double> whole;
  std::size_t accepted = 0;
  std::size_t discarded = 0;
  std::size_t edited = 0;
  std::size_t later = 0;
  std::size_t failed = 0;
};

void note(Measured& all, char verdict, bool edited, double verdict_ms, double whole_ms) {
  const std::lock_guard guard(all.lock);
  if (verdict == Session::kLater) {
    ++all.later;
    return;
  }
  const bool accepted = verdict == SMFIR_ACCEPT || verdict == SMFIR_CONTINUE;
  all.accepted += accepted ? 1 : 0;
  all.edited += edited ? 1 : 0;
  all.discarded += verdict == SMFIR_DISCARD ? 1 : 0;
  if (!accepted && verdict != SMFIR_DISCARD) {
    ++all.failed;
    return;
  }
  all.verdict.push_back(verdict_ms);
  all.whole.push_back(whole_ms);
}

// A session of its own for every few mails.
class Slot {
 public:
  explicit Slot(const Options& options) : options_(options) {}
  ~Slot() { end(); }
  Slot(const Slot&) = delete;
  Slot& operator=(const Slot&) = delete;

  // Again and again while the filter says "later".
  void send(const LoadPlan& plan, std::size_t mail, Measured& all) {
    char verdict = Session::kLater;
    while (verdict == Session::kLater) {
      prepare();
      double verdict_ms = 0;
      const auto begin = Clock::now();
      session_->edited_ = false;
      verdict = left_ > 0 ? session_->send(plan, options_.text("sender"), mail, verdict_ms) : '\0';
      left_ = verdict != 0 ? left_ - 1 : 0;
      note(all, verdict, session_->edited_, verdict_ms, milliseconds_since(begin));
      if (verdict == Session::kLater) {
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
      }
    }
  }

 private:
  void end() {
    if (session_) {
      session_->end();
    }
  }

  void prepare() {
    if (left_ == 0) {
      end();
      session_.emplace(options_.text("socket"));
      left_ = session_->begin() ? options_.number("per-session") : 0;
    }
  }

  const Options& options_;
  std::optional<Session> session_;
  std::size_t left_ = 0;
};

void run_slot(const Options& options, const LoadPlan& plan, std::atomic<std::size_t>& next,
              Measured& all) {
  const std::size_t last = options.number("first") + options.number("messages");
  Slot slot(options);
  for (std::size_t mail = next++; mail < last; mail = next++) {
    slot.send(plan, mail, all);
  }
}

int measure(const Options& options) {
  const LoadPlan plan = LoadPlan::read(options.text("plan"));
  SmtpSink sink(static_cast<int>(options.number("sink")));
  Measured all;
  std::atomic<std::size_t> next = options.number("first");
  const auto begin = Clock::now();
  std::vector<std::thread> slots;
  for (std::size_t i = 0; i < options.number("sessions"); ++i) {
    slots.emplace_back([&] { run_slot(options, plan, next, all); });
  }
  for (std::thread& slot : slots) {
    slot.join();
  }
  const double seconds = milliseconds_since(begin) / 1000;
  // What the filter sent itself must have somebody who takes it.
  sink.wait_for(all.discarded, 60);
  JsonLine()
      .add("per_s", static_cast<double>(all.accepted + all.discarded) / seconds)
      .add("accepted", all.accepted)
      .add("edited", all.edited)
      .add("discarded", all.discarded)
      .add("later", all.later)
      .add("failed", all.failed)
      .add("seconds", seconds)
      .add_times("verdict", all.verdict)
      .add_times("whole", all.whole)
      .print();
  return all.failed == 0 ? 0 : 1;
}

}  // namespace
}  // namespace phimilter::bench

int main(int argc, char** argv) {
  return phimilter::bench::measure({argc,
                                    argv,
                                    {{"plan", ""},
                                     {"socket", ""},
                                     {"sink", ""},
                                     {"messages", "1000"},
                                     {"first", "0"},
                                     {"sessions", "8"},
                                     {"per-session", "10"},
                                     {"sender", "lab@clinic.example"}}});
}
