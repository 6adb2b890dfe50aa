// SPDX-License-Identifier: Apache-2.0
//
// The portal's URLs: which request leads to which page. GET and HEAD change nothing and record
// nothing, so that link scanners and previews open nothing; all that counts is a POST.
//
//   GET  /m/<secret>               the question, or the offer of a code
//   POST /m/<secret>/code          mails a code
//   POST /m/<secret>/proof         an answer; right: a session, and 303 to
//   GET  /m/<secret>/message       the message
//   GET  /m/<secret>/body          its HTML, made harmless, for the frame
//   POST /m/<secret>/attachment/N  a file, from 1
//   POST /m/<secret>/original      the message as .eml
//   POST /m/<secret>/logout
#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <string>

#include "portal/access.h"
#include "portal/http.h"
#include "portal/pages.h"
#include "portal/sessions.h"

namespace phimilter::portal {

struct SiteParts {  // borrowed; all must outlive the Site
  Access& access;
  Sessions& sessions;
  escrow::VaultReader& vault;
  audit::Journal& journal;
  const Languages& languages;
  std::string organisation_name, organisation_phone;
  std::string portal_url;
};

class Site {
 public:
  explicit Site(SiteParts parts) : parts_(std::move(parts)) {}
  Response handle(const Request& request);  // any thread

 private:
  // One request to one entry's pages.
  struct Call {
    const Request& request;
    EscrowId id;
    std::string link_path;  // "/m/<secret>"
    std::string what;       // "", "message", "attachment/2", ...
    Visit visit;
    std::optional<Session> session;
  };
  Response entry(const Request& request, std::string_view secret, std::string_view what);
  Response get(Call& call);
  Response post(Call& call);
  Response proof_form(Call& call, Notice notice, int tries_left, int status);
  Response try_answer(Call& call);
  Response answered(Call& call, const Answered& answered);
  Response ask_code(Call& call);
  // Opens the message within the memory there is for this; 503 when there is none, or it cannot be
  // read.
  Response with_message(Call& call, const std::function<Response(const OpenedMessage&)>& use);
  Response show_message(Call& call, const OpenedMessage& message);
  Response show_body(Call& call, const OpenedMessage& message);
  Response download(Call& call, std::optional<std::size_t> attachment,
                    const OpenedMessage& message);
  Response logout(Call& call);
  Response dead_end(const Request& request, DeadEnd end, int status, const Visit* visit = nullptr,
                    const std::string& link_path = {});
  // 503; the log line says which entry, and the reference that the recipient reads out on the
  // phone.
  Response unavailable(const Request& request, const EscrowId& id, Fault fault);
  PageFrame frame(const Request& request, std::string_view entry_language, std::string path) const;

  SiteParts parts_;
  std::atomic<std::size_t> opening_{0};  // bytes of messages that are being opened just now
};

}  // namespace phimilter::portal
