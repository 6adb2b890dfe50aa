// SPDX-License-Identifier: Apache-2.0
#include <grp.h>
#include <sys/stat.h>

#include <algorithm>

#include "phictl/check_list.h"

namespace phimilter::phictl {
namespace {

struct Place {
  const char* setting;
  const std::string& path;
  const User& user;
};

bool stat_of(const std::string& path, struct stat& status) {
  return ::stat(path.c_str(), &status) == 0;
}

std::string named(const User& user) {
  return "user " + user.name;
}

void check_folder(const Place& place, Access access, CheckList& list) {
  struct stat status {};
  if (place.path.empty()) {
    return;
  }
  if (!stat_of(place.path, status)) {
    list.problem(place.setting, "the folder " + place.path + " is not there",
                 "Make it, or run systemd-tmpfiles --create");
  } else if (!S_ISDIR(status.st_mode)) {
    list.problem(place.setting, place.path + " is not a folder", "Name a folder");
  } else if (!may(place.user, place.path, access)) {
    list.problem(place.setting,
                 named(place.user) + " may not " + (access == Access::write ? "write" : "read") +
                     " in " + place.path,
                 "Give it to that user: chown " + place.user.name + " " + place.path);
  } else if ((status.st_mode & S_IWOTH) != 0) {
    list.problem(place.setting, "everybody may write in " + place.path,
                 "Close it: chmod o-w " + place.path);
  } else {
    list.good(place.setting + std::string(": ") + place.path + ", for " + named(place.user));
  }
}

// One that its user makes when it is not there.
void check_made_folder(const Place& place, CheckList& list) {
  struct stat status {};
  if (place.path.empty() || stat_of(place.path, status)) {
    return check_folder(place, Access::write, list);
  }
  const std::string above = place.path.substr(0, std::max<std::size_t>(place.path.rfind('/'), 1));
  if (!may(place.user, above, Access::write)) {
    return list.problem(
        place.setting,
        "the folder " + place.path + " is not there, and " + named(place.user) + " may not make it",
        "Make it, or run systemd-tmpfiles --create");
  }
  list.good(place.setting + std::string(": ") + place.path + ", which " + named(place.user) +
            " will make");
}

// Owned by its user and closed to all others: gpg refuses any other home.
void check_keyring(const Settings& settings, const User& user, CheckList& list) {
  struct stat status {};
  if (settings.pgp_home.empty() || !stat_of(settings.pgp_home, status)) {
    return;
  }
  if (status.st_uid != user.uid || (status.st_mode & 077) != 0) {
    list.problem("pgp.home", settings.pgp_home + " does not belong to " + named(user) + " alone",
                 "gpg wants that: chown " + user.name + " " + settings.pgp_home +
                     " && chmod 0700 " + settings.pgp_home);
  }
  if (settings.pgp_home.size() > 80) {
    list.problem("pgp.home", "the path is longer than 80 bytes, so gpg's sockets do not fit",
                 "Choose a shorter path");
  }
}

void check_secret(const Place& place, CheckList& list) {
  struct stat status {};
  if (place.path.empty()) {
    return;
  }
  if (!stat_of(place.path, status)) {
    list.problem(
        place.setting, "the key file " + place.path + " is not there or cannot be reached",
        "`phictl setup keys` makes those of escrow and portal; others come from their issuer");
  } else if ((status.st_mode & S_IRWXO) != 0) {
    list.problem(place.setting, "everybody may read the key file " + place.path,
                 "Close it: chmod o= " + place.path);
  } else if (!may(place.user, place.path, Access::read)) {
    list.problem(place.setting, named(place.user) + " may not read " + place.path,
                 "Give it to that user: chown " + place.user.name + " " + place.path);
  } else {
    list.good(place.setting + std::string(": ") + place.path);
  }
}

void check_size(const Place& place, off_t size, CheckList& list) {
  struct stat status {};
  if (!place.path.empty() && stat_of(place.path, status) && status.st_size != size) {
    list.problem(place.setting, place.path + " does not hold " + std::to_string(size) + " bytes",
                 "Move it away and let `phictl setup keys` make it");
  }
}

void check_program(const Place& place, CheckList& list) {
  struct stat status {};
  if (!stat_of(place.path, status) || !S_ISREG(status.st_mode) || (status.st_mode & 0111) == 0) {
    list.problem(place.setting, "the program " + place.path + " is not there or cannot be run",
                 "Install it, or name its place");
  } else if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    list.problem(place.setting, "others than its owner may change " + place.path,
                 "chmod go-w " + place.path);
  } else {
    list.good(place.setting + std::string(": ") + place.path);
  }
}

bool is_loopback(std::string_view socket) {
  return socket.starts_with("unix:") || socket.starts_with("inet:127.") ||
         socket.starts_with("inet:localhost:") || socket.starts_with("inet:[::1]:") ||
         socket.starts_with("inet:::1:");
}

void check_socket(const Place& place, bool made_by_us, CheckList& list) {
  if (place.path.empty()) {
    return;
  }
  if (!is_loopback(place.path)) {
    list.problem(place.setting,
                 place.path +
                     " is neither a unix socket nor on loopback, and what passes is not "
                     "encrypted",
                 "Use unix:/path or inet:127.0.0.1:port");
    return;
  }
  const std::string folder = place.path.starts_with("unix:")
                                 ? place.path.substr(5, place.path.rfind('/') - 5)
                                 : std::string();
  struct stat status {};
  // A folder below /run is made by systemd when the service starts.
  if (made_by_us && !folder.empty() && !folder.starts_with("/run/")) {
    check_folder({place.setting, folder, place.user}, Access::write, list);
  } else if (made_by_us && !folder.empty() && stat_of(folder, status) &&
             !may(place.user, folder, Access::write)) {
    list.problem(place.setting, named(place.user) + " may not make a socket in " + folder,
                 "Name one in the service's runtime folder");
  } else {
    list.good(place.setting + std::string(": ") + place.path);
  }
}

// The filter gives its unix sockets to the group, and may do that with groups of its own alone.
void check_socket_group(const Settings& settings, const User& user, CheckList& list) {
  constexpr const char* kSetting = "milter.socket_group";
  const std::string& name = settings.milter_socket_group;
  const bool unix_socket = settings.milter_socket.starts_with("unix:") ||
                           settings.tls_policy_socket.starts_with("unix:");
  if (name.empty() || !unix_socket) {
    return;
  }
  const struct group* found = ::getgrnam(name.c_str());
  if (found == nullptr) {
    return list.problem(kSetting, "there is no group " + name, "Name the MTA's group");
  }
  const bool member =
      std::find(user.groups.begin(), user.groups.end(), found->gr_gid) != user.groups.end();
  if (!member && user.has_entry && user.uid != 0) {
    return list.problem(kSetting, named(user) + " is not in the group " + name,
                        "adduser " + user.name + " " + name + ", and restart the filter");
  }
  list.good(kSetting + std::string(": ") + name);
}

}  // namespace

void check_programs(const Settings& settings, const ServiceUsers& users, CheckList& list) {
  check_program({"extract.program", settings.extract_program, users.filter}, list);
  if (!settings.pgp_home.empty()) {
    check_program({"pgp.program", settings.pgp_program, users.filter}, list);
  }
}

void check_folders(const Settings& settings, const ServiceUsers& users, CheckList& list) {
  check_folder({"milter.spool", settings.milter_spool, users.filter}, Access::write, list);
  check_folder({"audit.journal", settings.audit_journal, users.filter}, Access::write, list);
  check_folder({"pgp.home", settings.pgp_home, users.filter}, Access::write, list);
  check_keyring(settings, users.filter, list);
  check_folder({"smime.certificates", settings.smime_certificates, users.filter}, Access::read,
               list);
  if (!settings.pgp_home.empty() || !settings.smime_certificates.empty()) {
    check_made_folder({"keys.folder", settings.keys_folder, users.filter}, list);
  }
  check_made_folder({"batch.folder", settings.batch_folder, users.filter}, list);
  check_folder({"audit.phictl_journal", settings.audit_phictl_journal, users.filter}, Access::write,
               list);
  if (settings.escrow_folder.empty()) {
    return;
  }
  check_folder({"escrow.folder", settings.escrow_folder, users.filter}, Access::write, list);
  check_folder({"escrow.folder", settings.escrow_folder, users.portal}, Access::write, list);
  check_folder({"portal.state", settings.portal_state, users.portal}, Access::write, list);
  check_folder({"audit.portal_journal", settings.audit_portal_journal, users.portal}, Access::write,
               list);
}

void check_key_files(const Settings& settings, const ServiceUsers& users, CheckList& list) {
  check_secret({"smime.sign_key", settings.smime_sign_key, users.filter}, list);
  if (settings.escrow_folder.empty()) {
    return;
  }
  check_secret({"escrow.link_key", settings.escrow_link_key, users.filter}, list);
  check_size({"escrow.link_key", settings.escrow_link_key, users.filter}, 32, list);
  check_secret({"portal.private_key", settings.portal_private_key, users.portal}, list);
  check_secret({"portal.pepper", settings.portal_pepper, users.portal}, list);
  check_size({"portal.pepper", settings.portal_pepper, users.portal}, 32, list);
  check_secret({"portal.certificate_key", settings.portal_certificate_key, users.portal}, list);
  const bool filter_reads_all = users.filter.uid != users.portal.uid && users.filter.uid != 0 &&
                                may(users.filter, settings.portal_private_key, Access::read);
  if (filter_reads_all) {
    list.problem("portal.private_key",
                 named(users.filter) + " may read it, and could so open what it sealed",
                 "chown " + users.portal.name + " " + settings.portal_private_key +
                     " && chmod 0600 " + settings.portal_private_key);
  }
}

void check_sockets(const Settings& settings, const ServiceUsers& users, CheckList& list) {
  check_socket({"milter.socket", settings.milter_socket, users.filter}, true, list);
  check_socket_group(settings, users.filter, list);
  check_socket({"tls.policy_socket", settings.tls_policy_socket, users.filter}, true, list);
  check_socket({"hold.listener", settings.hold_listener, users.filter}, false, list);
  check_socket({"reentry.listener", settings.reentry_listener, users.filter}, false, list);
  check_socket({"reentry.secure_listener", settings.reentry_secure_listener, users.filter}, false,
               list);
  check_socket({"portal.http", settings.portal_http, users.portal}, false, list);
  for (const auto& [setting, place] : {std::pair("portal.https", settings.portal_https),
                                       std::pair("portal.http", settings.portal_http)}) {
    if (place.starts_with("unix:")) {
      list.problem(setting, "the portal listens on addresses only", "Use inet:address:port");
    }
  }
  check_socket({"portal.submission", settings.portal_submission, users.portal}, false, list);
  check_socket({"portal.redis", settings.portal_redis, users.portal}, false, list);
  check_socket({"audit.redis", settings.audit_redis, users.filter}, false, list);
}

}  // namespace phimilter::phictl
