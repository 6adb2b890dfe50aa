// SPDX-License-Identifier: Apache-2.0
#include "delivery/protection.h"

#include <algorithm>

#include "protect/exposure_check.h"
#include "protect/portal_notice.h"

namespace phimilter::delivery {

namespace {

using policy::Method;
using policy::Treatment;

Fault not_configured(Method method) {
  return configuration_fault("protection.method",
                             "a treatment needs a method that is not configured")
      .with("method", std::string(policy::to_string(method)));
}

Fault keyless(Method method) {
  return bug_fault("protection.key", "a treatment that encrypts names no key")
      .with("method", std::string(policy::to_string(method)));
}

Result<protect::ProtectedMessage> encrypt_pgp(const Group& group,
                                              const mail::CapturedMessage& message,
                                              std::span<const Treatment> treatments,
                                              const ProtectionTools& tools) {
  if (tools.pgp == nullptr) {
    return fail(not_configured(group.method));
  }
  std::vector<FingerprintId> keys;
  for (const std::size_t recipient : group.recipients) {
    if (!treatments[recipient].key) {
      return fail(keyless(group.method));
    }
    if (std::find(keys.begin(), keys.end(), *treatments[recipient].key) == keys.end()) {
      keys.push_back(*treatments[recipient].key);
    }
  }
  return tools.pgp->encrypt(message, keys, tools.spool_folder);
}

Result<protect::ProtectedMessage> encrypt_smime(const Group& group,
                                                const mail::CapturedMessage& message,
                                                const Treatment& treatment,
                                                const ProtectionTools& tools) {
  if (tools.smime == nullptr) {
    return fail(not_configured(group.method));
  }
  if (!treatment.key) {
    return fail(keyless(group.method));
  }
  return tools.smime->encrypt(message, *treatment.key, treatment.cms, tools.spool_folder);
}

std::string portal_link(const std::string& portal_url, const escrow::Link& link) {
  const std::string slash = portal_url.empty() || portal_url.back() != '/' ? "/" : "";
  return portal_url + slash + "m/" + link.secret;
}

protect::NoticeFacts notice_facts(const mail::CapturedMessage& message,
                                  const mail::Recipient& recipient, const ProtectionTools& tools,
                                  const PortalPlace& place) {
  const auto& sender = message.envelope.reverse_path;
  const Brand brand = tools.brands.of(sender ? sender->spelled() : "");
  protect::NoticeFacts facts{.organisation_name = brand.name,
                             .organisation_phone = brand.phone,
                             .link = portal_link(tools.portal_url, place.link),
                             .reference = place.link.reference,
                             .recipient = recipient.address,
                             .expires = place.expires,
                             .languages = {},
                             .colour = brand.colour,
                             .footer = brand.footer,
                             .sent = message.received};
  if (!place.language.empty()) {
    facts.languages.push_back(place.language);
  }
  return facts;
}

Result<protect::ProtectedMessage> make(const Group& group, const mail::CapturedMessage& message,
                                       std::span<const Treatment> treatments,
                                       const ProtectionTools& tools,
                                       const std::optional<protect::NoticeFacts>& notice) {
  const std::size_t first = group.recipients.front();
  switch (group.method) {
    case Method::pgp:
      return encrypt_pgp(group, message, treatments, tools);
    case Method::smime:
      return encrypt_smime(group, message, treatments[first], tools);
    case Method::portal:
      if (!notice) {
        return fail(not_configured(Method::portal));
      }
      return protect::portal_notice(message, *notice, tools.spool_folder);
    case Method::pass:
    case Method::tls:
    case Method::hold:
    case Method::reject:
      break;
  }
  return fail(bug_fault("protection.method", "a method that makes no copy"));
}

// A failure of any kind of a tool is a reason to wait: the message is whole, and may go later.
Fault as_transient(Fault fault) {
  if (fault.kind == FaultKind::permanent) {
    fault.kind = FaultKind::transient;
  }
  return fault;
}

protect::ExposureQuestion exposure_question(Method method,
                                            const std::optional<protect::NoticeFacts>& notice,
                                            const std::vector<std::string_view>& finding_texts) {
  protect::ExposureQuestion question;
  question.identifiers = finding_texts;
  if (method == Method::pgp) {
    question.form = protect::ProtectedForm::pgp;
  } else if (method == Method::smime) {
    question.form = protect::ProtectedForm::smime;
  } else if (notice) {
    question.form = protect::ProtectedForm::notice;
    question.own_texts = protect::notice_own_texts(*notice);
  }
  return question;
}

}  // namespace

Result<std::string_view> body_of(const Variant& variant, const mail::CapturedMessage& message) {
  return variant.own_body ? variant.own_body->view() : message.body.view();
}

Result<Variant> protect_group(const Group& group, const mail::CapturedMessage& message,
                              std::span<const Treatment> treatments, const ProtectionTools& tools,
                              const PortalPlace* place,
                              const std::vector<std::string_view>& finding_texts) {
  if (group.method == Method::pass || group.method == Method::tls) {
    return Variant{message.headers, std::nullopt, {}, false};
  }
  std::optional<protect::NoticeFacts> notice;
  if (group.method == Method::portal && place != nullptr) {
    notice =
        notice_facts(message, message.envelope.recipients[group.recipients.front()], tools, *place);
  }
  auto made = make(group, message, treatments, tools, notice);
  if (!made) {
    return fail(as_transient(std::move(made.error())));
  }
  auto checked = protect::check_exposure(*made, message,
                                         exposure_question(group.method, notice, finding_texts));
  if (!checked) {
    return fail(as_transient(std::move(checked.error())));
  }
  return Variant{std::move(made->headers), std::move(made->body), std::move(made->algorithms),
                 made->needs_8bit};
}

}  // namespace phimilter::delivery
