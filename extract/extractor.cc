// SPDX-License-Identifier: Apache-2.0
#include "extract/extractor.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "base/encoding.h"
#include "base/limits.h"
#include "base/log.h"
#include "extract/answer.h"
#include "extract/frames.h"
#include "extract/zygote_keeper.h"

namespace phimilter::extract {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// How long a message may wait for a free worker before the MTA is told to come again.
constexpr milliseconds kWaitForWorker{60'000};
constexpr int kTries = 2;

constexpr std::array<std::string_view, 6> kNotPlain{"multipart/",   "base64", "text/html",
                                                    "application/", "image/", "x-uu"};

MessageText nothing_but(Opaque reason) {
  MessageText text;
  text.parts.push_back({"1", PartKind::body, "", "", reason});
  return text;
}

// Text alone, by the message's own bytes: what a worker says of them is not to be relied on when it
// is the worker that is in question.
bool is_plain(std::string_view headers, std::string_view body) {
  constexpr std::size_t kShort = 64 * limits::kKiB;
  if (headers.size() + body.size() > kShort) {
    return false;
  }
  const std::string bytes = ascii_lower(headers) + ascii_lower(body);
  return std::none_of(kNotPlain.begin(), kNotPlain.end(), [&bytes](std::string_view word) {
    return bytes.find(word) != std::string::npos;
  });
}

// Formats whose parsers are large and old in evil: nothing that one of them left in a worker meets
// another message. A fresh worker costs a millisecond.
bool held_risky_format(const MessageText& text) {
  static constexpr std::array<std::string_view, 6> kPlain{
      "text/",           "message/",
      "multipart/",      "application/json",
      "application/xml", "application/pgp-signature"};
  return std::any_of(text.parts.begin(), text.parts.end(), [](const PartText& part) {
    return part.kind != PartKind::header && !part.media_type.empty() &&
           std::none_of(kPlain.begin(), kPlain.end(), [&part](std::string_view plain) {
             return part.media_type.starts_with(plain);
           });
  });
}

struct Request {
  std::string_view queue_id;
  std::string headers;
  std::string_view body;
  const mail::Spool& spool;  // of the body

  std::size_t size() const { return headers.size() + 2 + body.size(); }
};

class Pool final : public Extractor {
 public:
  Pool(const ExtractorOptions& options, std::unique_ptr<ZygoteKeeper> keeper, Worker first)
      : workers_(std::max<std::size_t>(options.workers, 1)),
        timeout_((options.timeout_ms > 0 ? options.timeout_ms : limits::kExtractWallMs) +
                 static_cast<std::int64_t>(options.ocr.pages) * options.ocr.seconds * 1000),
        keeper_(std::move(keeper)) {
    idle_.push_back(std::move(first));
  }

  Result<MessageText> extract(const mail::CapturedMessage& message) override {
    try {
      return extract_or_throw(message);
    } catch (const std::exception& error) {
      return fail(transient_fault("extract.filter", "the message could not be handed to a worker")
                      .with("error", error.what()));
    }
  }

 private:
  // A right to use one worker; given back whatever happens.
  class Turn {
   public:
    explicit Turn(Pool& pool) : pool_(pool) {}
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    ~Turn() {
      const std::lock_guard lock(pool_.mutex_);
      --pool_.busy_;
      pool_.freed_.notify_one();
    }

   private:
    Pool& pool_;
  };

  bool take_turn();
  std::optional<Worker> take_idle();
  void give_back(Worker worker);
  Result<MessageText> extract_or_throw(const mail::CapturedMessage& message);
  Result<MessageText> read_with_retry(const Request& request);
  Result<MessageText> ask(const Worker& worker, const Request& request) const;

  const std::size_t workers_;
  const milliseconds timeout_;
  std::unique_ptr<ZygoteKeeper> keeper_;
  std::mutex mutex_;  // over busy_ and idle_
  std::condition_variable freed_;
  std::size_t busy_ = 0;
  std::vector<Worker> idle_;
};

bool Pool::take_turn() {
  std::unique_lock lock(mutex_);
  if (!freed_.wait_for(lock, kWaitForWorker, [this] { return busy_ < workers_; })) {
    return false;
  }
  ++busy_;
  return true;
}

std::optional<Worker> Pool::take_idle() {
  const std::lock_guard lock(mutex_);
  while (!idle_.empty()) {
    Worker worker = std::move(idle_.back());
    idle_.pop_back();
    if (worker.is_idle()) {
      return worker;
    }
  }
  return std::nullopt;
}

void Pool::give_back(Worker worker) {
  if (++worker.messages >= limits::kWorkerMessages) {
    return;
  }
  const std::lock_guard lock(mutex_);
  idle_.push_back(std::move(worker));
}

Result<MessageText> Pool::ask(const Worker& worker, const Request& request) const {
  const Deadline deadline = steady_clock::now() + timeout_;
  const int socket = worker.socket.get();
  if (auto sent =
          send_frame(socket, FrameType::message, {request.headers, "\r\n", request.body}, deadline);
      !sent) {
    return fail(sent);
  }
  // The worker has it now; one of the two is enough in memory.
  request.spool.rest();
  auto frame = receive_frame(socket, kAnswerBytes, deadline);
  if (!frame) {
    return fail(frame);
  }
  auto answer = frame->type == FrameType::answer ? decode_answer(frame->bytes) : std::nullopt;
  if (!answer) {
    return fail(transient_fault("extract.talk", "an extraction worker gave a bad answer"));
  }
  return std::move(*answer);
}

Result<MessageText> Pool::read_with_retry(const Request& request) {
  for (int attempt = 1; attempt <= kTries; ++attempt) {
    std::optional<Worker> worker = attempt == 1 ? take_idle() : std::nullopt;
    if (!worker) {
      auto fresh = keeper_->new_worker();
      if (!fresh) {
        return fail(fresh);
      }
      worker.emplace(std::move(*fresh));
    }
    auto answer = ask(*worker, request);
    if (answer) {
      if (is_plain(request.headers, request.body) && !held_risky_format(*answer)) {
        give_back(std::move(*worker));
      }
      return answer;
    }
    log::event(log::Level::warning, request.queue_id, "extract.worker_lost",
               {{"try", std::to_string(attempt)},
                {"size", std::to_string(request.size())},
                {"fault", answer.error().describe()}});
  }
  return nothing_but(Opaque::failed);
}

Result<MessageText> Pool::extract_or_throw(const mail::CapturedMessage& message) {
  const auto body = message.body.view();
  if (!body) {
    return fail(body.error());
  }
  const Request request{message.queue_id, message.headers.text(), *body, message.body};
  if (request.size() > kMessageFrame) {
    return nothing_but(Opaque::limit);
  }
  if (!take_turn()) {
    return fail(transient_fault("extract.busy", "no extraction worker came free in time"));
  }
  const Turn turn(*this);
  return read_with_retry(request);
}

}  // namespace

Result<std::unique_ptr<Extractor>> start_extractor(const ExtractorOptions& options) {
  std::vector<std::string> arguments;
  if (options.ocr.pages > 0) {
    arguments = {std::to_string(options.ocr.pages), std::to_string(options.ocr.seconds),
                 options.ocr.languages};
  }
  auto keeper = std::make_unique<ZygoteKeeper>(options.program, std::move(arguments));
  auto first = keeper->first_worker();
  if (!first) {
    return fail(first);
  }
  if (first->landlock_abi == 0) {
    log::event(log::Level::warning, "-", "extract.no_landlock",
               {{"text", "this kernel has no Landlock; workers are jailed by seccomp alone"}});
  }
  return std::make_unique<Pool>(options, std::move(keeper), std::move(*first));
}

}  // namespace phimilter::extract
