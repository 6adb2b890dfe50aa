// SPDX-License-Identifier: Apache-2.0
#include "delivery/smtp_client.h"

#include <algorithm>
#include <set>

#include "base/encoding.h"
#include "base/ids.h"
#include "base/limits.h"
#include "delivery/smtp_connection.h"

namespace phimilter::delivery {

namespace {

constexpr std::size_t kPiece = 64 * limits::kKiB;

Fault refused_fault(std::string_view step, const ServerReply& reply) {
  return transient_fault("smtp.refused", "the listener refused a step of SMTP")
      .with("step", std::string(step))
      .with("code", std::to_string(reply.code))
      .with("enhanced", reply.enhanced);
}

bool safe_in_command(std::string_view text) {
  return std::none_of(text.begin(), text.end(),
                      [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
}

// The extensions that EHLO offered, names in upper case.
std::set<std::string> offered_by(const ServerReply& ehlo) {
  std::set<std::string> names;
  for (std::size_t i = 1; i < ehlo.lines.size(); ++i) {
    std::string name = ehlo.lines[i].substr(0, ehlo.lines[i].find_first_of(" ="));
    std::transform(name.begin(), name.end(), name.begin(), [](char c) {
      return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    });
    names.insert(name);
  }
  return names;
}

// The extension that an ESMTP parameter belongs to.
std::string_view extension_of(std::string_view argument) {
  const std::string name = ascii_lower(argument.substr(0, argument.find('=')));
  if (name == "ret" || name == "envid" || name == "notify" || name == "orcpt") {
    return "DSN";
  }
  if (name == "body") {
    return "8BITMIME";
  }
  if (name == "smtputf8") {
    return "SMTPUTF8";
  }
  return "";
}

std::string with_arguments(std::string line, const std::vector<std::string>& arguments,
                           const std::set<std::string>& offered) {
  for (const std::string& argument : arguments) {
    if (offered.count(std::string(extension_of(argument))) > 0) {
      line += ' ' + argument;
    }
  }
  return line;
}

// Writes content behind DATA: CRLF line ends, no bare CR or LF, a dot doubled at the start of a
// line.
class DataWriter {
 public:
  DataWriter(SmtpConnection& connection, const SmtpDeadlines& deadlines)
      : connection_(connection), deadlines_(deadlines) {}

  Status write(std::string_view bytes) {
    for (const char c : bytes) {
      add(c);
      if (out_.size() >= kPiece) {
        auto sent = flush();
        if (!sent) {
          return sent;
        }
      }
    }
    return {};
  }

  // The last line's end, all that waits; the final dot is not sent.
  Status finish() {
    if (held_cr_) {
      held_cr_ = false;
      out_ += "\r\n";
      line_start_ = true;
    } else if (!line_start_) {
      out_ += "\r\n";
    }
    return flush();
  }

 private:
  void add(char c) {
    if (held_cr_) {
      held_cr_ = false;
      if (c != '\n') {
        out_ += ' ';  // a bare CR: what Postfix makes of it
        line_start_ = false;
      }
    }
    if (c == '\r') {
      held_cr_ = true;
    } else if (c == '\n') {
      out_ += "\r\n";
      line_start_ = true;
    } else {
      if (line_start_ && c == '.') {
        out_ += '.';
      }
      out_ += c;
      line_start_ = false;
    }
  }

  Status flush() {
    auto sent = connection_.send(out_, deadlines_.data_ms);
    out_.clear();
    return sent;
  }

  SmtpConnection& connection_;
  const SmtpDeadlines& deadlines_;
  std::string out_;
  bool line_start_ = true;
  bool held_cr_ = false;
};

Result<std::set<std::string>> greet(SmtpConnection& connection, const std::string& helo,
                                    const SmtpDeadlines& deadlines) {
  auto banner = connection.read_reply(deadlines.command_ms);
  if (!banner) {
    return fail(banner);
  }
  if (banner->family() != 2) {
    return fail(refused_fault("connect", *banner));
  }
  auto ehlo = connection.command("EHLO " + helo, deadlines.command_ms);
  if (!ehlo) {
    return fail(ehlo);
  }
  if (ehlo->family() != 2) {
    return fail(refused_fault("EHLO", *ehlo));
  }
  return offered_by(*ehlo);
}

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return (c & 0x80) == 0; });
}

// RFC 6531 3.4: a path that is not ASCII needs the extension.
std::vector<std::string> arguments_of(const Outgoing& outgoing) {
  std::vector<std::string> arguments = outgoing.arguments;
  const bool ascii =
      is_ascii(outgoing.reverse_path) &&
      std::all_of(outgoing.recipients.begin(), outgoing.recipients.end(),
                  [](const OutgoingRecipient& recipient) { return is_ascii(recipient.path); });
  const bool said = std::any_of(arguments.begin(), arguments.end(), [](const std::string& each) {
    return ascii_iequal(each, "SMTPUTF8");
  });
  if (!ascii && !said) {
    arguments.emplace_back("SMTPUTF8");
  }
  return arguments;
}

Result<std::vector<RecipientReply>> send_envelope(SmtpConnection& connection,
                                                  const Outgoing& outgoing,
                                                  const std::set<std::string>& offered,
                                                  const SmtpDeadlines& deadlines) {
  auto mail = connection.command(
      with_arguments("MAIL FROM:" + outgoing.reverse_path, arguments_of(outgoing), offered),
      deadlines.command_ms);
  if (!mail) {
    return fail(mail);
  }
  if (mail->family() != 2) {
    return fail(refused_fault("MAIL", *mail));
  }
  std::vector<RecipientReply> replies;
  for (const OutgoingRecipient& recipient : outgoing.recipients) {
    auto reply = connection.command(
        with_arguments("RCPT TO:" + recipient.path, recipient.arguments, offered),
        deadlines.command_ms);
    if (!reply) {
      return fail(reply);
    }
    if (reply->code == 421) {
      return fail(refused_fault("RCPT", *reply));
    }
    replies.push_back({reply->code, reply->enhanced});
    if (outgoing.first_decides && replies.front().code / 100 != 2) {
      break;
    }
  }
  replies.resize(outgoing.recipients.size());
  return replies;
}

Status send_content(SmtpConnection& connection, const Outgoing& outgoing,
                    const SmtpDeadlines& deadlines) {
  auto data = connection.command("DATA", deadlines.command_ms);
  if (!data) {
    return fail(data);
  }
  if (data->code != 354) {
    return fail(refused_fault("DATA", *data));
  }
  DataWriter writer(connection, deadlines);
  const std::string headers = outgoing.headers->text() + "\r\n";
  for (const std::string_view part : {std::string_view(headers), outgoing.body}) {
    auto written = writer.write(part);
    if (!written) {
      return written;
    }
  }
  return writer.finish();
}

Fault doubt_fault(const Fault& cause) {
  return transient_fault("smtp.in_doubt",
                         "the connection to the listener was lost after the final dot")
      .with("cause", cause.id);
}

Result<ServerReply> send_final_dot(SmtpConnection& connection, const SmtpDeadlines& deadlines) {
  auto reply = connection.command(".", deadlines.data_ms);
  if (!reply) {
    return fail(doubt_fault(reply.error()));
  }
  if (reply->family() != 2) {
    return fail(refused_fault("end of data", *reply));
  }
  return reply;
}

// Postfix: "2.0.0 Ok: queued as 4F2A"; Sendmail: "2.0.0 uAL123 Message accepted for delivery".
std::string queue_id_in(const ServerReply& reply) {
  const std::string& text = reply.lines.front();
  const std::string_view marker = "queued as ";
  const auto at = text.find(marker);
  std::string_view word = text;
  if (at != std::string::npos) {
    word.remove_prefix(at + marker.size());
  } else if (!reply.enhanced.empty() && text.find("accepted for delivery") != std::string::npos) {
    word.remove_prefix(reply.enhanced.size() + 1);
  } else {
    return {};
  }
  word = word.substr(0, word.find(' '));
  return QueueId::parse(word) ? std::string(word) : std::string();
}

Status check_commands(const std::string& helo, const Outgoing& outgoing) {
  bool safe = safe_in_command(helo) && safe_in_command(outgoing.reverse_path);
  const auto all_safe = [](const std::vector<std::string>& arguments) {
    return std::all_of(arguments.begin(), arguments.end(), safe_in_command);
  };
  safe = safe && all_safe(outgoing.arguments);
  for (const OutgoingRecipient& recipient : outgoing.recipients) {
    safe = safe && safe_in_command(recipient.path) && all_safe(recipient.arguments);
  }
  if (!safe) {
    return fail(bug_fault("smtp.command", "a line end stands in an SMTP command"));
  }
  return {};
}

}  // namespace

Result<SmtpOutcome> send_message(const std::string& listener, const std::string& helo,
                                 const Outgoing& outgoing, const SmtpDeadlines& deadlines) {
  require(outgoing.headers != nullptr && !outgoing.recipients.empty(), "a complete message");
  auto safe = check_commands(helo, outgoing);
  if (!safe) {
    return fail(safe);
  }
  auto connection = SmtpConnection::open(listener, deadlines.connect_ms);
  if (!connection) {
    return fail(connection);
  }
  if (deadlines.whole_ms > 0) {
    connection->end_within(deadlines.whole_ms);
  }
  auto offered = greet(*connection, helo, deadlines);
  if (!offered) {
    return fail(offered);
  }
  auto replies = send_envelope(*connection, outgoing, *offered, deadlines);
  if (!replies) {
    return fail(replies);
  }
  SmtpOutcome outcome{std::move(*replies), {}};
  const auto accepted = [](const RecipientReply& reply) { return reply.code / 100 == 2; };
  if (std::any_of(outcome.recipients.begin(), outcome.recipients.end(), accepted)) {
    auto content = send_content(*connection, outgoing, deadlines);
    if (!content) {
      return fail(content);
    }
    auto reply = send_final_dot(*connection, deadlines);
    if (!reply) {
      return fail(reply);
    }
    outcome.queue_id = queue_id_in(*reply);
    for (RecipientReply& recipient : outcome.recipients) {
      recipient = accepted(recipient) ? RecipientReply{reply->code, reply->enhanced} : recipient;
    }
  }
  // What was accepted is accepted, whatever happens to a farewell: it is not waited for.
  static_cast<void>(connection->send("QUIT\r\n", 0));
  return outcome;
}

}  // namespace phimilter::delivery
