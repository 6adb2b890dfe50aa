// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <algorithm>

#include "base/files.h"
#include "base/limits.h"
#include "escrow/seal_keys.h"
#include "escrow/vault.h"
#include "phictl/certificates.h"
#include "phictl/check_list.h"
#include "phictl/console.h"
#include "phictl/key_stores.h"
#include "policy/policy.h"

namespace phimilter::phictl {
namespace {

// The certificate of a pair and whether the key is its own.
void check_pair(const std::string& certificate_setting, const std::string& certificate_path,
                const std::string& key_setting, const std::string& key_path, CheckList& list) {
  if (certificate_path.empty() != key_path.empty()) {
    list.problem(certificate_path.empty() ? key_setting : certificate_setting,
                 "a certificate and its key belong together, and one of the two is not set",
                 "Set both or none");
    return;
  }
  if (certificate_path.empty()) {
    return;
  }
  const auto certificate_bytes = read_file(certificate_path, limits::kMiB);
  if (!certificate_bytes) {
    return list.fault(certificate_setting, certificate_bytes.error());
  }
  const auto certificates = read_certificates(*certificate_bytes);
  if (!certificates) {
    return list.fault(certificate_setting, certificates.error());
  }
  if (certificates->empty()) {
    return list.problem(certificate_setting, certificate_path + " holds no certificate",
                        "Put the certificate there in PEM, its chain behind it");
  }
  if (certificates->front().expires <= system_clock().now()) {
    list.problem(certificate_setting, certificate_path + " has expired", "Renew it");
  }
  const auto key = read_secret_file(key_path, 0);
  const auto belongs =
      key ? key_belongs(*certificate_bytes, key->view()) : Result<bool>(fail(key.error()));
  if (!belongs) {
    list.fault(key_setting, belongs.error());
  } else if (!*belongs) {
    list.problem(key_setting, key_path + " is not the key of " + certificate_path,
                 "Put the pair back together");
  } else {
    list.good(certificate_setting + ": " + certificate_path + ", until " +
              for_people(certificates->front().expires));
  }
}

void check_recipients_certificates(const Settings& settings, CheckList& list) {
  const auto smime = open_certificates(settings);
  if (!smime) {
    return list.fault("smime.certificates", smime.error());
  }
  const auto certificates = (*smime)->list();
  if (!certificates) {
    return list.fault("smime.certificates", certificates.error());
  }
  std::size_t valid = 0;
  for (const auto& certificate : *certificates) {
    if (certificate.state == policy::KeyState::valid) {
      ++valid;
      continue;
    }
    list.problem("smime.certificates",
                 certificate.file + " is " + std::string(policy::to_string(certificate.state)),
                 "Its recipient takes the next method; import a new one and remove this file");
  }
  list.good("smime.certificates: " + std::to_string(valid) + " valid");
}

// As the portal does at its start: else what the filter seals could be opened by nobody.
void check_escrow_pair(const Settings& settings, CheckList& list) {
  const std::string& file = settings.portal_private_key;
  if (::access(file.c_str(), F_OK) != 0) {
    return;  // named by check_key_files()
  }
  const auto ring = escrow::read_private_keys(file);
  const auto sealed_to = escrow::read_public_key(settings.escrow_public_key);
  if (!ring || !sealed_to) {
    return list.fault(ring ? "escrow.public_key" : "portal.private_key",
                      ring ? sealed_to.error() : ring.error());
  }
  const bool one_pair = std::any_of(ring->begin(), ring->end(), [&](const escrow::KeyPair& pair) {
    return pair.public_key == *sealed_to;
  });
  if (!one_pair) {
    return list.problem("portal.private_key",
                        file + " does not belong to " + settings.escrow_public_key +
                            ": what is sealed now could never be opened",
                        "Put the two files of one pair there");
  }
  list.good("portal.private_key: opens what is sealed to " + settings.escrow_public_key);
}

}  // namespace

void check_policy(const Settings& settings, const ServiceUsers& users, CheckList& list) {
  if (settings.policy_files.empty()) {
    return list.problem("policy.files", "no rule file is named, so nothing can be judged",
                        "Name the shipped pack: /usr/share/phimilter/policy/packs/hipaa.toml");
  }
  for (const std::string& file : settings.policy_files) {
    if (!may(users.filter, file, Access::read)) {
      list.problem("policy.files", "user " + users.filter.name + " may not read " + file,
                   "Correct the name, or let that user read it");
    }
  }
  const auto policy = policy::load_policy(settings.policy_files);
  if (!policy) {
    return list.fault("policy.files", policy.error());
  }
  for (const std::string& warning : (*policy)->warnings()) {
    list.problem("policy.files", warning, "Remove it, or give it a later day");
  }
  list.good("policy.files: " + std::to_string(settings.policy_files.size()) +
            " loaded, tests passed, version " + (*policy)->version());
}

void check_certificates(const Settings& settings, const ServiceUsers& users, CheckList& list) {
  check_pair("smime.sign_certificate", settings.smime_sign_certificate, "smime.sign_key",
             settings.smime_sign_key, list);
  check_pair("portal.certificate", settings.portal_certificate, "portal.certificate_key",
             settings.portal_certificate_key, list);
  if (!settings.smime_certificates.empty()) {
    check_recipients_certificates(settings, list);
  }
  if (settings.escrow_folder.empty()) {
    return;
  }
  if (!may(users.filter, settings.escrow_public_key, Access::read)) {
    return list.problem("escrow.public_key",
                        "user " + users.filter.name + " may not read " + settings.escrow_public_key,
                        "`phictl setup keys` makes it; it is public: chmod 0644");
  }
  const auto vault = escrow::open_vault_writer(settings.escrow_folder, settings.escrow_public_key);
  if (!vault) {
    return list.fault("escrow.public_key", vault.error());
  }
  list.good("escrow.public_key: " + settings.escrow_public_key);
  check_escrow_pair(settings, list);
  if (settings.escrow_recovery_key.empty()) {
    return;
  }
  const auto recovery = escrow::read_public_key(settings.escrow_recovery_key);
  if (!recovery) {
    return list.fault("escrow.recovery_key", recovery.error());
  }
  list.good("escrow.recovery_key: " + settings.escrow_recovery_key);
}

void check_methods(const Settings& settings, CheckList& list) {
  if (settings.organisation_domains.empty()) {
    list.problem("organisation.domains",
                 "no domain is the organisation's own, so mail between colleagues would be "
                 "protected too",
                 "Name the organisation's mail domains");
  }
  if (settings.reentry_listener.empty()) {
    list.problem("reentry.listener", "copies for single recipients have no way back into the MTA",
                 "Name the MTA's private listener");
  }
  if (!settings.tls_domains.empty() && settings.reentry_secure_listener.empty()) {
    list.problem("tls.domains", "partner domains are named, and reentry.secure_listener is not",
                 "Set up the second MTA instance and name its listener");
  }
  if (settings.escrow_folder.empty()) {
    list.problem("escrow.folder",
                 "there is no portal, so a message for a recipient without key or partner domain "
                 "cannot be protected and is deferred",
                 "Name a folder, and set up the portal");
    return;
  }
  if (settings.portal_url.empty()) {
    list.problem("portal.url", "notices cannot say where the portal is",
                 "Set the address that recipients open");
  }
  if (settings.portal_https.empty() && settings.portal_http.empty()) {
    list.problem("portal.https", "the portal listens nowhere",
                 "Set portal.https, or portal.http behind a proxy");
  }
  if (!settings.portal_https.empty() && settings.portal_certificate.empty()) {
    list.problem("portal.certificate", "portal.https needs a certificate",
                 "Name it, and portal.certificate_key");
  }
  if (settings.organisation_name.empty() || settings.organisation_phone.empty()) {
    list.problem(settings.organisation_name.empty() ? "organisation.name" : "organisation.phone",
                 "a recipient cannot see who writes, or whom to call in doubt",
                 "Set name and phone");
  }
}

}  // namespace phimilter::phictl
