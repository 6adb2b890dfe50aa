// SPDX-License-Identifier: Apache-2.0
#include "milter/session.h"

#include <algorithm>
#include <charconv>

#include "base/encoding.h"
#include "base/limits.h"
#include "base/log.h"
#include "milter/trust.h"

namespace phimilter::milter {

namespace {

std::string with_crlf_folds(std::string_view value) {
  std::string out;
  for (const char c : value) {
    if (c == '\n') {
      out += "\r\n";
    } else if (c != '\r') {
      out += c;
    }
  }
  return out;
}

bool is_null_path(std::string_view path) {
  return trim(path).empty() || trim(path) == "<>";
}

// SIZE of RFC 1870, more than any number: the most there is.
std::size_t announced_size(const std::vector<std::string>& arguments) {
  const auto size = mail::Envelope::argument(arguments, "SIZE");
  std::size_t bytes = 0;
  if (!size) {
    return 0;
  }
  const auto parsed = std::from_chars(size->data(), size->data() + size->size(), bytes);
  return parsed.ec == std::errc::result_out_of_range ? std::string::npos : bytes;
}

bool listed(const std::vector<std::string>& listeners, const std::string& name) {
  return std::find(listeners.begin(), listeners.end(), name) != listeners.end();
}

}  // namespace

ConnectAnswer Session::connect_to_learn() {
  learns_ = true;
  return ConnectAnswer::go_on;
}

// The sender waits for nothing: a message that could not be kept is one that is not learned from.
Answer Session::learn(std::string_view queue_id) {
  if (capturing() && context_.learner != nullptr) {
    mail::CapturedMessage message = std::move(capture_->message);
    message.queue_id = queue_id.empty() ? "-" : std::string(queue_id);
    context_.learner->take(std::move(message), context_.live.get()->own_domains);
  }
  capture_.reset();
  return {Answer::Kind::accept, {}};
}

// What it was told last, the MTA has read.
void Session::went_on() {
  if (answered_) {
    context_.outcomes->went_on(*answered_);
    answered_.reset();
  }
}

ConnectAnswer Session::connect(mail::Client client) {
  went_on();
  client_ = std::move(client);
  capture_.reset();
  learns_ = learning_ = false;
  if (listed(context_.learn_listeners, client_.daemon_name)) {
    return connect_to_learn();
  }
  const auto live = context_.live.get();
  if (!listed(live->reentry_listeners, client_.daemon_name)) {
    return ConnectAnswer::go_on;
  }
  if (is_loopback(client_.address)) {
    return ConnectAnswer::accept_all;
  }
  log::event(log::Level::error, "-", "reentry_listener_open",
             {{"listener", client_.daemon_name}, {"client", client_.address}});
  return ConnectAnswer::try_later;
}

// Local submission may name a mailbox of this host without its domain.
Result<mail::Address> Session::address(std::string_view path) const {
  auto parsed = mail::Address::parse(path);
  if (parsed || path.find('@') != std::string_view::npos || client_.mta_name.empty()) {
    return parsed;
  }
  std::string_view local = trim(path);
  if (local.size() > 2 && local.front() == '<' && local.back() == '>') {
    local = local.substr(1, local.size() - 2);
  }
  return mail::Address::parse(std::string(local) + '@' + client_.mta_name);
}

void Session::refuse(Reply reply, std::string_view why) {
  capture_->refusal = reply;
  capture_->message.body = mail::Spool(context_.spool_folder);
  log::event(log::Level::warning, "-", "message_refused", {{"reason", std::string(why)}});
}

std::optional<Reply> Session::mail(std::string_view path, std::vector<std::string> arguments,
                                   std::string login) {
  went_on();
  capture_.reset();
  message_begun_ = std::chrono::steady_clock::now();
  learning_ = learns_ && login.empty();
  const std::size_t announced = announced_size(arguments);
  if (!learning_ && announced > limits::kMessageBytes) {
    return Reply::too_large;
  }
  if (!learning_ && !context_.admission.admits(announced)) {
    log::event(log::Level::warning, "-", "busy",
               {{"in_work", std::to_string(context_.admission.in_work())}});
    return Reply::try_later_busy;
  }
  capture_.emplace(context_.spool_folder);
  mail::Envelope& envelope = capture_->message.envelope;
  if (!is_null_path(path)) {
    auto sender = address(path);
    if (!sender && !learning_) {
      refuse(Reply::try_later, "reverse-path");
      return Reply::try_later;
    }
    capture_->strange = sender ? "" : "reverse-path";
    envelope.reverse_path = sender ? std::optional(std::move(*sender)) : std::nullopt;
  }
  envelope.arguments = std::move(arguments);
  envelope.client = client_;
  envelope.client.login = std::move(login);
  capture_->message.received = context_.clock->now();
  return std::nullopt;
}

void Session::recipient(std::string_view path, std::vector<std::string> arguments) {
  auto parsed = address(path);
  // A mailbox named without a domain is one of this host's.
  const bool outside = parsed && path.find('@') != std::string_view::npos &&
                       !mail::domain_listed(parsed->domain(), context_.live.get()->own_domains);
  if (learning_ && outside) {
    learning_ = false;
    if (capturing() && !capture_->strange.empty()) {
      refuse(Reply::try_later, capture_->strange);
    }
  }
  if (!capturing()) {
    return;
  }
  auto& recipients = capture_->message.envelope.recipients;
  if (recipients.size() >= limits::kRecipients) {
    // Waiting would not make them fewer.
    refuse(Reply::too_many_recipients, "recipients");
    return;
  }
  if (!parsed) {
    capture_->strange = "recipient";
    if (!learning_) {
      refuse(Reply::try_later, capture_->strange);
    }
    return;
  }
  recipients.push_back({std::move(*parsed), std::string(path), std::move(arguments)});
}

void Session::header(std::string_view name, std::string_view value) {
  if (!capturing() || is_for_nobody()) {
    return;
  }
  capture_->header_bytes += name.size() + value.size() + 3;
  if (capture_->header_bytes > limits::kHeaderBytes ||
      capture_->message.headers.fields().size() >= limits::kHeaderFields) {
    refuse(Reply::too_large, "header");
    return;
  }
  capture_->message.headers.append(std::string(name), with_crlf_folds(value));
}

void Session::body(std::string_view bytes) {
  if (!capturing() || is_for_nobody()) {
    return;
  }
  mail::Spool& spool = capture_->message.body;
  const std::size_t most = learning_ ? limits::kLearnBytes : limits::kMessageBytes;
  if (capture_->header_bytes + spool.size() + bytes.size() > most) {
    refuse(Reply::too_large, "size");
    return;
  }
  const auto written = spool.write(bytes);
  if (!written) {
    log::fault(log::Level::error, "-", written.error());
    refuse(Reply::try_later_storage, "spool");
  }
}

Answer Session::end(std::string_view queue_id, MessageEditor& editor) {
  if (learning_) {
    return learn(queue_id);
  }
  if (!capture_ || capture_->message.envelope.recipients.empty()) {
    const Reply refusal = capture_ && capture_->refusal ? *capture_->refusal : Reply::try_later;
    capture_.reset();
    return {Answer::Kind::reply, refusal};
  }
  if (capture_->refusal) {
    const Reply refusal = *capture_->refusal;
    capture_.reset();
    return {Answer::Kind::reply, refusal};
  }
  const auto place =
      context_.admission.enter(capture_->header_bytes + capture_->message.body.size());
  mail::CapturedMessage message = std::move(capture_->message);
  capture_.reset();
  if (!place) {
    log::event(log::Level::warning, "-", "busy", {{"bytes", std::to_string(message.body.size())}});
    return {Answer::Kind::reply, Reply::try_later_busy};
  }
  message.queue_id = queue_id.empty() ? "-" : std::string(queue_id);
  Answer answer = context_.live.get()->pipeline.run(std::move(message), editor);
  if (answer.open) {
    answered_ = context_.outcomes->keep(std::move(answer.open));
  }
  return answer;
}

}  // namespace phimilter::milter
