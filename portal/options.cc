// SPDX-License-Identifier: Apache-2.0
#include "portal/options.h"

#include <unistd.h>

#include <cstdlib>

#include <algorithm>
#include <charconv>

#include "base/limits.h"
#include "portal/networks.h"

namespace phimilter::portal {
namespace {

Fault wrong(std::string_view name, std::string text) {
  return configuration_fault("portal.setting", std::move(text)).with("setting", std::string(name));
}

bool on_loopback(const std::string& address) {
  return address.starts_with("127.") || address == "::1";
}

}  // namespace

Result<InetPlace> parse_inet(std::string_view setting_name, const std::string& value) {
  constexpr std::string_view kPrefix = "inet:";
  const std::size_t colon = value.rfind(':');
  if (!value.starts_with(kPrefix) || colon == std::string::npos || colon <= kPrefix.size()) {
    return fail(wrong(setting_name, "must be inet:address:port"));
  }
  InetPlace place;
  place.address = value.substr(kPrefix.size(), colon - kPrefix.size());
  if (place.address.starts_with("[") && place.address.ends_with("]")) {
    place.address = place.address.substr(1, place.address.size() - 2);
  }
  const char* end = value.data() + value.size();
  const auto [stopped, error] = std::from_chars(value.data() + colon + 1, end, place.port);
  if (error != std::errc() || stopped != end) {
    return fail(wrong(setting_name, "must end in a port from 1 to 65535"));
  }
  return place;
}

namespace {

// The files of a reply, with room for its text and what stands around them.
std::size_t upload_bytes(const Settings& settings) {
  return static_cast<std::size_t>(settings.portal_reply_mb) * 1'000'000 + limits::kMiB;
}

Result<ServerOptions> listener(const Settings& settings, std::string_view name,
                               const std::string& value, bool tls) {
  auto place = parse_inet(name, value);
  if (!place) {
    return fail(place);
  }
  ServerOptions options;
  options.upload_bytes = upload_bytes(settings);
  options.address = place->address;
  options.port = place->port;
  options.proxies = settings.portal_proxies;
  if (tls) {
    options.certificate = settings.portal_certificate;
    options.certificate_key = settings.portal_certificate_key;
  }
  return options;
}

bool has_certificate(const Settings& settings) {
  return !settings.portal_certificate.empty() && !settings.portal_certificate_key.empty();
}

Result<ServerOptions> https_listener(const Settings& settings) {
  auto options = listener(settings, "portal.https", settings.portal_https, true);
  if (options && !has_certificate(settings)) {
    return fail(wrong("portal.certificate",
                      "portal.https needs portal.certificate and portal.certificate_key"));
  }
  return options;
}

Result<ServerOptions> http_listener(const Settings& settings) {
  if (settings.portal_http.starts_with("unix:")) {
    return fail(wrong("portal.http",
                      "the portal serves no unix socket: write inet:127.0.0.1:port, and let the "
                      "reverse proxy on this host connect there"));
  }
  auto options = listener(settings, "portal.http", settings.portal_http, false);
  if (options && !on_loopback(options->address)) {
    return fail(wrong("portal.http",
                      "plain HTTP is served on loopback only (inet:127.0.0.1:port), for a reverse "
                      "proxy on this host; use portal.https for the network"));
  }
  return options;
}

Result<ServerOptions> api_listener(const Settings& settings) {
  const bool tls = has_certificate(settings);
  auto options = listener(settings, "portal.api_listen", settings.portal_api_listen, tls);
  if (!options) {
    return options;
  }
  if (!tls && !on_loopback(options->address)) {
    return fail(wrong("portal.api_listen",
                      "beyond loopback the API needs portal.certificate and "
                      "portal.certificate_key"));
  }
  options->api_alone = true;
  return options;
}

}  // namespace

Result<std::vector<ServerOptions>> listeners(const Settings& settings) {
  for (const std::string& proxy : settings.portal_proxies) {
    if (!is_network(proxy)) {
      return fail(
          wrong("portal.proxies", "must be addresses or CIDR blocks: 192.0.2.7, 10.0.0.0/8"));
    }
  }
  std::vector<ServerOptions> all;
  for (const auto& [value, make] : {std::pair(&settings.portal_https, &https_listener),
                                    std::pair(&settings.portal_http, &http_listener),
                                    std::pair(&settings.portal_api_listen, &api_listener)}) {
    if (value->empty()) {
      continue;
    }
    auto options = make(settings);
    if (!options) {
      return fail(options);
    }
    all.push_back(std::move(*options));
  }
  if (all.empty() || all.front().api_alone) {
    return fail(
        wrong("portal.https", "the portal has nowhere to listen: set portal.https or portal.http"));
  }
  return all;
}

ProofRules proof_rules(const Settings& settings) {
  ProofRules rules;
  if (settings.portal_two_proofs == "sensitive") {
    rules.two_proofs = TwoProofs::sensitive;
  } else if (settings.portal_two_proofs == "always") {
    rules.two_proofs = TwoProofs::always;
  }
  rules.account_for_question = settings.portal_account_for_question;
  rules.codes = !settings.portal_sender.empty();
  return rules;
}

void use_credentials(Settings& settings) {
  const char* folder = std::getenv("CREDENTIALS_DIRECTORY");
  if (folder == nullptr || *folder != '/') {
    return;
  }
  const std::pair<const char*, std::string*> files[] = {
      {"/portal.key", &settings.portal_private_key}, {"/pepper.key", &settings.portal_pepper}};
  for (const auto& [name, place] : files) {
    const std::string path = std::string(folder) + name;
    if (::access(path.c_str(), F_OK) == 0) {
      *place = path;
    }
  }
}

namespace {

// A message that comes twice is one only where the filter believes the portal's batch field.
Status check_sending(const Settings& settings) {
  if (!settings.portal_api_send) {
    return {};
  }
  if (settings.portal_submission.empty()) {
    return fail(wrong("portal.submission", "portal.api_send needs the filtered listener"));
  }
  const auto place = parse_inet("portal.submission", settings.portal_submission);
  const bool believed =
      !place || !on_loopback(place->address) ||
      std::ranges::any_of(settings.milter_trusted_clients, [&place](const std::string& network) {
        return in_network(place->address, network);
      });
  if (!believed) {
    return fail(
        wrong("milter.trusted_clients",
              "portal.api_send needs the filter to believe this host: name " + place->address));
  }
  return {};
}

}  // namespace

Status check_portal_settings(const Settings& settings) {
  const std::pair<std::string_view, const std::string*> needed[] = {
      {"organisation.name", &settings.organisation_name},
      {"organisation.phone", &settings.organisation_phone},
      {"portal.url", &settings.portal_url},
      {"escrow.folder", &settings.escrow_folder},
      {"escrow.public_key", &settings.escrow_public_key},
      {"portal.private_key", &settings.portal_private_key},
      {"portal.pepper", &settings.portal_pepper},
      {"portal.state", &settings.portal_state},
      {"audit.portal_journal", &settings.audit_portal_journal}};
  for (const auto& [name, value] : needed) {
    if (value->empty()) {
      return fail(wrong(name, "the portal cannot work without it"));
    }
  }
  return check_sending(settings);
}

}  // namespace phimilter::portal
