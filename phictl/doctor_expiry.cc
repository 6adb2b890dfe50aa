// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "base/files.h"
#include "base/limits.h"
#include "phictl/certificates.h"
#include "phictl/console.h"
#include "phictl/doctor.h"

namespace phimilter::phictl {
namespace {

using Json = nlohmann::json;

void examine_own(const std::string& setting, const std::string& path, Timestamp soon,
                 Examination& seen) {
  if (path.empty()) {
    return;
  }
  const std::string about = "expiry." + setting;
  const auto bytes = read_file(path, limits::kMiB);
  const auto certificates =
      bytes ? read_certificates(*bytes) : Result<std::vector<Certificate>>(fail(bytes.error()));
  if (!certificates) {
    return seen.fault(about, certificates.error(), "Run as root; see phictl check");
  }
  for (const Certificate& certificate : *certificates) {
    const std::string until = path + ", until " + for_people(certificate.expires);
    if (certificate.expires <= soon) {
      seen.problem(about, until, "Renew it");
    } else {
      seen.good(about, until);
    }
  }
}

std::string text_in(const Json& entry, const char* name) {
  const auto found = entry.find(name);
  return found != entry.end() && found->is_string() ? found->get<std::string>() : "";
}

std::string addresses_in(const Json& entry) {
  std::string out;
  const auto found = entry.find("addresses");
  if (found != entry.end() && found->is_array()) {
    for (const Json& address : *found) {
      out += (out.empty() ? "" : ", ") + (address.is_string() ? address.get<std::string>() : "");
    }
  }
  return out;
}

void examine_signing_key(const Json& entry, const std::string& soon, Examination& seen) {
  const std::string expires = text_in(entry, "expires");
  if (text_in(entry, "state") != "valid") {
    seen.problem("pgp.sign_key", "gpg cannot sign with the organisation's key; mail by pgp waits",
                 "See phictl keys list; the secret half belongs into pgp.home, without a "
                 "passphrase");
  } else if (!expires.empty() && expires <= soon) {
    seen.problem("pgp.sign_key", "the organisation's OpenPGP key expires " + expires,
                 "gpg --quick-set-expire, as the filter's user, and publish the key again");
  } else {
    seen.good("pgp.sign_key", "gpg signs with the organisation's key");
  }
}

// RFC 3339 times of one zone are in the order of their text.
void examine_recipient_keys(const Json& list, const std::string& now, const std::string& soon,
                            Examination& seen) {
  std::size_t lasting = 0;
  for (const Json& entry : list) {
    if (text_in(entry, "kind") == "pgp-signing") {
      examine_signing_key(entry, soon, seen);
      continue;
    }
    const std::string state = text_in(entry, "state");
    const std::string expires = text_in(entry, "expires");
    if (state == "valid" && !expires.empty() && expires >= now && expires <= soon) {
      seen.problem("expiry.recipients",
                   text_in(entry, "kind") + " of " + addresses_in(entry) + " expires " + expires,
                   "Ask for a new one; without it this mail takes the next method");
    } else if (state == "pending") {
      seen.problem("keys.pending",
                   text_in(entry, "kind") + " of " + addresses_in(entry) + " waits to be trusted",
                   "phictl keys trust " + text_in(entry, "fingerprint"));
    } else if (state == "valid") {
      ++lasting;
    }
  }
  seen.good("expiry.recipients", std::to_string(lasting) + " keys of recipients stay valid");
}

}  // namespace

void examine_expiry(const Settings& settings, const std::string& key_list, Timestamp now, int days,
                    Examination& seen) {
  const Timestamp soon = now + std::chrono::hours(24 * days);
  examine_own("smime.sign_certificate", settings.smime_sign_certificate, soon, seen);
  examine_own("portal.certificate", settings.portal_certificate, soon, seen);
  if (settings.pgp_home.empty() && settings.smime_certificates.empty()) {
    return;
  }
  const Json list = Json::parse(key_list, nullptr, false);
  if (!list.is_array()) {
    return seen.unknown("expiry.recipients", "the keys of recipients cannot be listed",
                        "Run phictl keys list, as root");
  }
  examine_recipient_keys(list, rfc3339(now), rfc3339(soon), seen);
}

}  // namespace phimilter::phictl
