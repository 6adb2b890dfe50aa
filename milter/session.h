// SPDX-License-Identifier: Apache-2.0
//
// One connection of the MTA: what it has said so far, and the message that is being captured.
// libmilter moves a session between threads, one call at a time.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/smtp_reply.h"
#include "mail/message.h"
#include "milter/admission.h"
#include "milter/open_outcomes.h"
#include "milter/pipeline.h"
#include "milter/pipeline_slot.h"
#include "protect/key_learner.h"

namespace phimilter::milter {

// Shared by all sessions.
struct SessionContext {
  PipelineSlot live;
  const Clock* clock = nullptr;
  std::string spool_folder;
  Admission admission;
  std::vector<std::string> learn_listeners;
  protect::KeyLearner* learner = nullptr;  // null: there is nothing to learn for
  std::unique_ptr<OpenOutcomes> outcomes;
};

enum class ConnectAnswer {
  go_on,
  accept_all,  // copies of ours that come back: not looked at again
  try_later,   // somebody else on a listener that is for us alone
};

class Session {
 public:
  explicit Session(SessionContext& context) : context_(context) {}
  ~Session() { went_on(); }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // `client.helo` and `client.login` are not known yet.
  ConnectAnswer connect(mail::Client client);
  void helo(std::string name) { client_.helo = std::move(name); }
  // Begins a message; whatever was left of the one before goes. A reply: it is refused already.
  std::optional<Reply> mail(std::string_view path, std::vector<std::string> arguments,
                            std::string login);
  void recipient(std::string_view path, std::vector<std::string> arguments);
  // `value` as the MTA gives it: with its leading blank, folds as LF and white space.
  void header(std::string_view name, std::string_view value);
  void body(std::string_view bytes);
  Answer end(std::string_view queue_id, MessageEditor& editor);
  void abort() { capture_.reset(); }
  // Since when the MTA has been handing over the message at hand.
  SteadyTime message_begun() const { return message_begun_; }
  // Mail that comes in: it is accepted whatever happens here. Not what somebody of ours hands in
  // there: who has logged in, or writes to the outside.
  bool learning() const { return learning_; }

 private:
  struct Capture {
    explicit Capture(const std::string& spool_folder) : message(spool_folder) {}
    mail::CapturedMessage message;
    std::size_t header_bytes = 0;
    std::string_view strange;  // of mail that comes in: what of its envelope is no address
    std::optional<Reply>
        refusal;  // of the first limit or fault that was met; nothing is kept from then on
  };

  void refuse(Reply reply, std::string_view why);
  void went_on();
  ConnectAnswer connect_to_learn();
  Answer learn(std::string_view queue_id);
  Result<mail::Address> address(std::string_view path) const;
  bool capturing() const { return capture_ && !capture_->refusal; }
  bool is_for_nobody() const { return learning_ && context_.learner == nullptr; }

  SessionContext& context_;
  mail::Client client_;
  std::optional<Capture> capture_;
  SteadyTime message_begun_{};
  std::optional<OpenOutcomes::Ticket> answered_;  // the message before, until the MTA has gone on
  bool learns_ = false;                           // the listener is one of mail that comes in
  bool learning_ = false;                         // and so is the message at hand
};

}  // namespace phimilter::milter
