// SPDX-License-Identifier: Apache-2.0
//
// The HTTP API under /api/v1, as docs/openapi.yaml describes it: recipients' data and the state of
// messages, for programs with a bearer token. Without any token made there is no API. No browser
// is let in from elsewhere (no CORS), and cookies say nothing here.
#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "audit/journal.h"
#include "base/clock.h"
#include "delivery/smtp_client.h"
#include "escrow/api_tokens.h"
#include "escrow/recipients.h"
#include "portal/api_gate.h"
#include "portal/api_reply.h"
#include "portal/http.h"

namespace phimilter::portal {

class MessageDesk;

struct ApiParts {  // borrowed; all must outlive the Api
  const escrow::ApiTokens& tokens;
  escrow::RecipientStore& recipients;
  audit::Journal& journal;
  const Clock& clock;
  MessageDesk* desk = nullptr;  // null: nothing is said about messages
  // Hands a message to the filtered listener; null: none are taken.
  std::function<Result<delivery::SmtpOutcome>(const delivery::Outgoing&)> submit{};
  std::vector<std::string> own_domains{};  // of whose senders messages are taken
};

class Api {
 public:
  explicit Api(ApiParts parts) : parts_(parts), gate_(parts.clock) {}
  // `rest`: the path behind /api/v1/. Any thread.
  Response handle(const Request& request, std::string_view rest);
  // Whether it comes with a token that is good, for whatever.
  bool knows(const Request& request) const;

  // One request, after its token was believed.
  struct Call {
    const Request& request;
    std::vector<std::string> path;  // decoded segments behind /api/v1/
    escrow::ApiToken token;
  };

 private:
  struct Route {
    std::vector<std::string_view> path;  // "*": any segment
    Method method;
    std::string_view scope;
    Response (Api::*answer)(const Call&);
  };
  static const std::vector<Route>& routes();
  Response answer(const Request& request, std::vector<std::string> path,
                  const std::vector<const Route*>& found);

  // api_recipients.cc
  Response list_recipients(const Call& call);
  Response get_recipient(const Call& call);
  Response put_recipient(const Call& call);
  Response delete_recipient(const Call& call);
  // api_messages.cc
  Response list_messages(const Call& call);
  Response get_message(const Call& call);
  Response retract_message(const Call& call);
  Response extend_message(const Call& call);
  Response resend_message(const Call& call);
  Response unlock_message(const Call& call);
  // api_sending.cc
  Response send_message(const Call& call);
  Status record_sending(const Call& call, const delivery::Outgoing& mail,
                        const std::vector<delivery::RecipientReply>& replies);
  Status record_change(const Call& call, const mail::Address& address, std::string_view what);

  ApiParts parts_;
  ApiGate gate_;
  std::mutex changing_;  // between looking at what is on file and changing it
};

// For a listener that has no pages.
Response api_alone(Api& api, const Request& request);

// The decoded segments of a path; an escape that is broken, or a NUL: none.
std::vector<std::string> path_segments(std::string_view path);

}  // namespace phimilter::portal
