// SPDX-License-Identifier: Apache-2.0
#include <sys/stat.h>

#include <algorithm>

#include "base/limits.h"
#include "escrow/proof.h"
#include "phictl/explanation.h"
#include "phictl/key_stores.h"
#include "phictl/mail_file.h"
#include "phictl/ownership.h"
#include "phictl/recipient_folder.h"
#include "phictl/verb.h"
#include "protect/tls_facts.h"

namespace phimilter::phictl {
namespace {

// Everything the decision asks, held together for one message.
struct Sources {
  std::unique_ptr<protect::Pgp> pgp;
  std::unique_ptr<protect::Smime> smime;
  std::unique_ptr<protect::TlsFacts> tls;
  std::unique_ptr<escrow::RecipientStore> recipients;
  std::unique_ptr<extract::Extractor> extractor;
  std::shared_ptr<const policy::Policy> policy;

  delivery::FactSources facts(const Settings& settings) const {
    delivery::FactSources sources;
    sources.pgp = pgp.get();
    sources.smime = smime.get();
    sources.tls = tls.get();
    sources.recipients = recipients.get();
    sources.own_domains = settings.organisation_domains;
    sources.gcm_recipients = settings.smime_gcm_recipients;
    sources.oaep_recipients = settings.smime_oaep_recipients;
    sources.portal = !settings.escrow_folder.empty() && !settings.portal_url.empty();
    return sources;
  }
};

template <typename T>
Status take(Result<T> opened, T& into) {
  if (!opened) {
    return fail(opened);
  }
  into = std::move(*opened);
  return {};
}

bool is_there(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0;
}

// The broker first: what it costs to fork follows the memory of who started it.
Status open_sources(const Settings& settings, Sources& sources) {
  Status status;
  if (!settings.pgp_home.empty()) {
    status = take(open_keyring(settings), sources.pgp);
  }
  if (status) {
    extract::ExtractorOptions options{settings.extract_program, 1, settings.extract_timeout_ms};
    status = take(extract::start_extractor(options), sources.extractor);
  }
  if (status && !settings.smime_certificates.empty()) {
    status = take(open_certificates(settings), sources.smime);
  }
  if (status) {
    status = take(protect::open_tls_facts(settings), sources.tls);
  }
  if (status && !settings.escrow_folder.empty() && is_there(recipient_folder(settings))) {
    status = take(
        escrow::open_recipient_store(recipient_folder(settings), settings.escrow_public_key, ""),
        sources.recipients);
  }
  if (status) {
    status = take(policy::load_policy(settings.policy_files), sources.policy);
  }
  return status;
}

// The services' user, so that gpg leaves nothing in the keyring that the filter could not read
// afterwards.
Status become_filter_user(const Settings& settings) {
  for (const std::string& folder : {settings.pgp_home, settings.milter_spool}) {
    if (!folder.empty() && is_there(folder)) {
      return become_owner_of(folder);
    }
  }
  return {};
}

class ExplainVerb final : public Verb {
 public:
  const VerbText& text() const override {
    static constexpr VerbText kText{
        "explain", "Say what would be found in a message, and what would happen to it and why",
        "FILE is a message as mail programs save it (.eml); - reads standard input. It is read by "
        "the jailed\n"
        "reader and judged by the rules and keys of the settings, as the filter would; nothing is "
        "sent, sealed\n"
        "or recorded. Recipients are those of To and Cc, unless --rcpt names them; one that stands "
        "in neither\n"
        "is a Bcc recipient. Values are never shown: of each, class, place and shape "
        "(\"999-99-9999\").\n"
        "Proof headers count if --login is one of milter.trusted_logins.",
        "phictl explain result.eml --rcpt dr.jones@partner.example"};
    return kText;
  }

  std::vector<Argument> arguments() override {
    return {{"FILE", &file_, "The message; - for standard input", "", true, {}},
            {"--rcpt",
             &recipients_,
             "An envelope recipient; may be given more than once",
             "ADDRESS",
             false,
             {}},
            {"--from",
             &from_,
             "The envelope sender; without it, the address in From",
             "ADDRESS",
             false,
             {}},
            {"--login",
             &login_,
             "The SASL login with which the message would be handed in",
             "LOGIN",
             false,
             {}},
            {"--json", &json_, "The same for programs", "", false, {}}};
  }

  Outcome run(const Invocation& invocation) override {
    const auto settings = invocation.settings();
    if (!settings) {
      return report(invocation, settings.error());
    }
    for (const std::string& address : recipients_) {
      if (!mail::Address::parse(address)) {
        return misused(invocation, "--rcpt " + address + ": not a mail address");
      }
    }
    if (!from_.empty() && from_ != "<>" && !mail::Address::parse(from_)) {
      return misused(invocation, "--from " + from_ + ": not a mail address");
    }
    auto message = read_message(invocation, *settings);
    if (!message) {
      return report(invocation, message.error());
    }
    const auto proofs = proof_recipients(*message, *settings);
    if (!proofs) {
      return report(invocation, proofs.error());
    }
    Sources sources;
    if (auto user = become_filter_user(*settings); !user) {
      return report(invocation, user.error());
    }
    if (auto opened = open_sources(*settings, sources); !opened) {
      return report(invocation, opened.error());
    }
    const auto marks = mark_fields(message->headers, *sources.policy);
    remove_control_headers(message->headers, settings->milter_proof_header);
    const auto explanation =
        explain_message(*message, *sources.extractor, *sources.policy, sources.facts(*settings),
                        *proofs, system_clock().now(), marks);
    if (!explanation) {
      return report(invocation, explanation.error());
    }
    json_ ? print_explanation_json(*explanation, invocation.out)
          : print_explanation(*explanation, invocation.out);
    return explanation->undecided ? Outcome::problem : Outcome::ok;
  }

 private:
  // Who logs in may set marks in header fields (milter/trust.h).
  std::vector<mail::HeaderField> mark_fields(const mail::HeaderList& headers,
                                             const policy::Policy& policy) const {
    std::vector<mail::HeaderField> out;
    for (const std::string& name : policy.mark_headers()) {
      for (const mail::HeaderField* field : headers.all(login_.empty() ? "" : name)) {
        out.push_back(*field);
      }
    }
    return out;
  }

  Result<mail::CapturedMessage> read_message(const Invocation& invocation,
                                             const Settings& settings) const {
    const auto bytes = read_input(invocation, file_, limits::kMessageBytes);
    if (!bytes) {
      return fail(bytes.error());
    }
    auto message = mail::parse_message(*bytes, settings.milter_spool);
    if (!message) {
      return fail(message);
    }
    message->queue_id = "-";
    message->received = system_clock().now();
    message->envelope.client.login = login_;
    if (auto addressed = address_message(*message); !addressed) {
      return fail(addressed);
    }
    return message;
  }

  Status address_message(mail::CapturedMessage& message) const {
    for (const std::string& text : recipients_) {
      auto address = mail::Address::parse(text);
      if (!address) {
        return fail(address);
      }
      const std::string path = "<" + address->spelled() + ">";
      message.envelope.recipients.push_back({std::move(*address), path, {}});
    }
    if (recipients_.empty()) {
      add_header_recipients(message);
    }
    if (message.envelope.recipients.empty()) {
      return fail(permanent_fault("phictl.recipients",
                                  "the message names no recipient in To or Cc; name one with "
                                  "--rcpt"));
    }
    if (from_.empty()) {
      message.envelope.reverse_path = author_of(message.headers);
    } else if (from_ != "<>") {
      auto address = mail::Address::parse(from_);
      if (!address) {
        return fail(address);
      }
      message.envelope.reverse_path = std::move(*address);
    }
    return {};
  }

  // Address keys for which a believed proof header speaks.
  Result<std::vector<std::string>> proof_recipients(const mail::CapturedMessage& message,
                                                    const Settings& settings) const {
    std::vector<std::string> keys;
    const auto& trusted = settings.milter_trusted_logins;
    if (login_.empty() || std::find(trusted.begin(), trusted.end(), login_) == trusted.end()) {
      return keys;
    }
    for (const mail::HeaderField* field : message.headers.all(settings.milter_proof_header)) {
      auto proof = escrow::parse_proof_header(mail::unfolded(field->value));
      if (!proof) {
        return fail(proof);
      }
      for (const mail::Recipient& recipient : message.envelope.recipients) {
        const auto named = mail::Address::parse(proof->recipient);
        const bool internal =
            mail::domain_listed(recipient.address.domain(), settings.organisation_domains);
        if (named ? *named == recipient.address : proof->recipient.empty() && !internal) {
          keys.push_back(recipient.address.key());
        }
      }
    }
    return keys;
  }

  std::string file_, from_, login_;
  std::vector<std::string> recipients_;
  bool json_ = false;
};

}  // namespace

std::unique_ptr<Verb> explain_verb() {
  return std::make_unique<ExplainVerb>();
}

}  // namespace phimilter::phictl
