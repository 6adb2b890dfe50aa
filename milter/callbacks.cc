// SPDX-License-Identifier: Apache-2.0
#include "milter/callbacks.h"

#include <arpa/inet.h>
#include <libmilter/mfapi.h>
#include <netinet/in.h>

#include <atomic>
#include <exception>

#include "base/log.h"
#include "milter/apply_edits.h"

namespace phimilter::milter {

namespace {

Callbacks g_callbacks;

constexpr unsigned long kActions = SMFIF_ADDHDRS | SMFIF_CHGHDRS | SMFIF_CHGBODY;
// The quiet protocol: the MTA waits for us at CONNECT, MAIL and the end of the message only.
constexpr unsigned long kNeededSteps =
    SMFIP_NR_HELO | SMFIP_NR_RCPT | SMFIP_NR_HDR | SMFIP_NR_BODY | SMFIP_HDR_LEADSPC;
constexpr unsigned long kUnwantedSteps = SMFIP_NODATA | SMFIP_NOEOH | SMFIP_NOUNKNOWN;

Session* session_of(SMFICTX* context) {
  return static_cast<Session*>(smfi_getpriv(context));
}

std::string macro(SMFICTX* context, const char* name) {
  std::string writable(name);
  const char* value = smfi_getsymval(context, writable.data());
  return value == nullptr ? "" : value;
}

// What every callback does about the rest of the world: an exception ends at the C frames below,
// and the message is deferred.
template <typename Work>
sfsistat guarded(const char* where, Work work) noexcept {
  try {
    return work();
  } catch (const std::exception& error) {
    // Its text may hold anything; the type is enough to find the place.
    log::event(log::Level::error, "-", "exception",
               {{"callback", where}, {"type", typeid(error).name()}});
  } catch (...) {
    log::event(log::Level::error, "-", "exception", {{"callback", where}});
  }
  return SMFIS_TEMPFAIL;
}

// Mail that comes in is let go even when its callback failed.
template <typename Work>
sfsistat in_session(const char* where, SMFICTX* context, Work work) noexcept {
  const sfsistat done = guarded(where, [&]() -> sfsistat {
    Session* session = session_of(context);
    return session == nullptr ? SMFIS_TEMPFAIL : work(*session);
  });
  const bool learning = session_of(context) != nullptr && session_of(context)->learning();
  return done == SMFIS_TEMPFAIL && learning ? SMFIS_ACCEPT : done;
}

std::vector<std::string> arguments_of(char** arguments) {
  std::vector<std::string> list;
  for (char** next = arguments + 1; arguments[0] != nullptr && *next != nullptr; ++next) {
    list.emplace_back(*next);
  }
  return list;
}

std::string address_text(const _SOCK_ADDR* address) {
  char text[INET6_ADDRSTRLEN] = "";
  if (address != nullptr && address->sa_family == AF_INET) {
    const auto* v4 = reinterpret_cast<const sockaddr_in*>(address);
    inet_ntop(AF_INET, &v4->sin_addr, text, sizeof(text));
  } else if (address != nullptr && address->sa_family == AF_INET6) {
    const auto* v6 = reinterpret_cast<const sockaddr_in6*>(address);
    inet_ntop(AF_INET6, &v6->sin6_addr, text, sizeof(text));
  }
  return text;
}

sfsistat reply_with(SMFICTX* context, Reply reply) {
  const SmtpReply& row = smtp_reply(reply);
  std::string code = std::to_string(row.code);
  std::string enhanced(row.enhanced);
  std::string text(row.text);
  smfi_setreply(context, code.data(), enhanced.data(), text.data());
  return row.code >= 500 ? SMFIS_REJECT : SMFIS_TEMPFAIL;
}

// A position that no message has: both MTAs then append.
constexpr int kBehindAll = 1'000'000;

class LibmilterEdits final : public MtaEdits {
 public:
  explicit LibmilterEdits(SMFICTX* context) : context_(context) {}
  bool change_header(const std::string& name, std::size_t index,
                     const std::string* value) override {
    std::string name_text = name;
    std::string value_text = value == nullptr ? std::string() : *value;
    return smfi_chgheader(context_, name_text.data(), static_cast<int>(index),
                          value == nullptr ? nullptr : value_text.data()) == MI_SUCCESS;
  }
  // Not smfi_addheader: Sendmail puts what that adds next to a removed field of the same name.
  bool append_header(const std::string& name, const std::string& value) override {
    std::string name_text = name;
    std::string value_text = value;
    return smfi_insheader(context_, kBehindAll, name_text.data(), value_text.data()) == MI_SUCCESS;
  }
  bool append_body(std::string_view bytes) override {
    std::basic_string<unsigned char> copy(bytes.begin(), bytes.end());
    return smfi_replacebody(context_, copy.data(), static_cast<int>(copy.size())) == MI_SUCCESS;
  }

 private:
  SMFICTX* context_;
};

// Stops telling the MTA about progress before it is told edits: one writer at a time.
class ContextEditor final : public MessageEditor {
 public:
  ContextEditor(SMFICTX* context, ProgressClock::Ticket& ticket, const std::atomic<bool>& gone,
                SteadyTime begun)
      : context_(context), ticket_(ticket), gone_(gone), begun_(begun) {}
  Status apply(const mail::EditPlan& plan, std::string_view new_body) override {
    ticket_.stop();
    LibmilterEdits edits(context_);
    return apply_edits(plan, new_body, edits);
  }
  // A connection that was closed shows when something is written to it. One that Postfix's cleanup
  // has given up may still be held open by its smtpd.
  bool mta_waits() override {
    ticket_.tell_now();
    return !gone_ && !g_callbacks.progress->stood_still_since(begun_);
  }

 private:
  SMFICTX* context_;
  ProgressClock::Ticket& ticket_;
  const std::atomic<bool>& gone_;
  const SteadyTime begun_;
};

sfsistat on_negotiate(SMFICTX* /*context*/, unsigned long actions, unsigned long steps,
                      unsigned long /*f2*/, unsigned long /*f3*/, unsigned long* wanted_actions,
                      unsigned long* wanted_steps, unsigned long* wanted_f2,
                      unsigned long* wanted_f3) {
  return guarded("negotiate", [&]() -> sfsistat {
    if ((actions & kActions) != kActions || (steps & kNeededSteps) != kNeededSteps) {
      log::event(log::Level::error, "-", "mta_lacks_powers",
                 {{"actions", std::to_string(actions)}, {"steps", std::to_string(steps)}});
      return SMFIS_REJECT;
    }
    *wanted_actions = kActions;
    *wanted_steps = kNeededSteps | (steps & kUnwantedSteps);
    *wanted_f2 = *wanted_f3 = 0;
    return SMFIS_CONTINUE;
  });
}

sfsistat on_connect(SMFICTX* context, char* host, _SOCK_ADDR* address) {
  return guarded("connect", [&]() -> sfsistat {
    delete session_of(context);
    auto session = std::make_unique<Session>(*g_callbacks.sessions);
    const ConnectAnswer answer = session->connect({.daemon_name = macro(context, "{daemon_name}"),
                                                   .address = address_text(address),
                                                   .name = host == nullptr ? "" : host,
                                                   .helo = {},
                                                   .login = {},
                                                   .mta_name = macro(context, "j")});
    smfi_setpriv(context, session.release());
    switch (answer) {
      case ConnectAnswer::go_on:
        return SMFIS_CONTINUE;
      case ConnectAnswer::accept_all:
        return SMFIS_ACCEPT;
      case ConnectAnswer::try_later:
        break;
    }
    return SMFIS_TEMPFAIL;
  });
}

// What stands in a callback that must not answer is kept in the session, and answered at the end of
// the message.
template <typename Work>
sfsistat without_reply(const char* where, SMFICTX* context, Work work) noexcept {
  const sfsistat done = in_session(where, context, [&](Session& session) {
    work(session);
    return SMFIS_NOREPLY;
  });
  if (done != SMFIS_NOREPLY && session_of(context) != nullptr) {
    session_of(context)->abort();
  }
  return SMFIS_NOREPLY;
}

sfsistat on_helo(SMFICTX* context, char* name) {
  return without_reply("helo", context,
                       [&](Session& session) { session.helo(name == nullptr ? "" : name); });
}

sfsistat on_mail(SMFICTX* context, char** arguments) {
  return in_session("mail", context, [&](Session& session) -> sfsistat {
    const auto refusal = session.mail(arguments[0] == nullptr ? "" : arguments[0],
                                      arguments_of(arguments), macro(context, "{auth_authen}"));
    return refusal ? reply_with(context, *refusal) : SMFIS_CONTINUE;
  });
}

sfsistat on_recipient(SMFICTX* context, char** arguments) {
  return without_reply("rcpt", context, [&](Session& session) {
    session.recipient(arguments[0] == nullptr ? "" : arguments[0], arguments_of(arguments));
  });
}

sfsistat on_header(SMFICTX* context, char* name, char* value) {
  return without_reply("header", context, [&](Session& session) { session.header(name, value); });
}

sfsistat on_body(SMFICTX* context, unsigned char* bytes, std::size_t size) {
  return without_reply("body", context, [&](Session& session) {
    session.body({reinterpret_cast<const char*>(bytes), size});
  });
}

sfsistat on_end(SMFICTX* context) {
  return in_session("end", context, [&](Session& session) -> sfsistat {
    const SteadyTime begun = session.message_begun();
    if (g_callbacks.progress->stood_still_since(begun)) {
      session.abort();
      log::event(log::Level::warning, macro(context, "i"), "stood_still");
      return reply_with(context, Reply::try_later);
    }
    std::atomic<bool> gone{false};
    ProgressClock::Ticket ticket(*g_callbacks.progress, [context, &gone] {
      gone = gone || smfi_progress(context) != MI_SUCCESS;
    });
    ContextEditor editor(context, ticket, gone, begun);
    const Answer answer = session.end(macro(context, "i"), editor);
    ticket.stop();
    switch (answer.kind) {
      case Answer::Kind::accept:
        return SMFIS_ACCEPT;
      case Answer::Kind::discard:
        return SMFIS_DISCARD;
      case Answer::Kind::reply:
        break;
    }
    return reply_with(context, answer.reply);
  });
}

sfsistat on_abort(SMFICTX* context) {
  return guarded("abort", [&]() -> sfsistat {
    if (Session* session = session_of(context)) {
      session->abort();
    }
    return SMFIS_CONTINUE;
  });
}

sfsistat on_close(SMFICTX* context) {
  return guarded("close", [&]() -> sfsistat {
    delete session_of(context);
    smfi_setpriv(context, nullptr);
    return SMFIS_CONTINUE;
  });
}

}  // namespace

Status register_callbacks(const Callbacks& callbacks) {
  g_callbacks = callbacks;
  static char name[] = "phimilter";
  smfiDesc description{};
  description.xxfi_name = name;
  description.xxfi_version = SMFI_VERSION;
  description.xxfi_flags = kActions;
  description.xxfi_connect = on_connect;
  description.xxfi_helo = on_helo;
  description.xxfi_envfrom = on_mail;
  description.xxfi_envrcpt = on_recipient;
  description.xxfi_header = on_header;
  description.xxfi_body = on_body;
  description.xxfi_eom = on_end;
  description.xxfi_abort = on_abort;
  description.xxfi_close = on_close;
  description.xxfi_negotiate = on_negotiate;
  if (smfi_register(description) != MI_SUCCESS) {
    return fail(bug_fault("milter.register", "libmilter refuses the filter's description"));
  }
  return {};
}

Status serve() {
  if (smfi_main() != MI_SUCCESS) {
    return fail(transient_fault("milter.main", "libmilter ended with a failure"));
  }
  return {};
}

}  // namespace phimilter::milter
