// SPDX-License-Identifier: Apache-2.0
#include <sys/stat.h>
#include <unistd.h>

#include "escrow/vault.h"
#include "phictl/ownership.h"
#include "phictl/verb.h"

namespace phimilter::phictl {
namespace {

constexpr std::size_t kSecretBytes = 32;

bool is_there(const std::string& path) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0;
}

// Whom the files of the two programs belong to; who is not root can give nothing away, and keeps
// them.
struct Owners {
  User filter, portal;
};

Result<User> owner(const std::string& name) {
  if (geteuid() != 0) {
    return this_user();
  }
  auto user = find_user(name);
  if (!user) {
    return fail(configuration_fault("phictl.no_user",
                                    "there is no user " + name +
                                        ", to whom keys would belong; nothing was made: run "
                                        "systemd-sysusers, then this again"));
  }
  return *std::move(user);
}

Status give_to(const std::string& path, const User& user, mode_t mode) {
  if (::chmod(path.c_str(), mode) != 0) {
    return fail(
        errno_fault("phictl.mode", "cannot set the mode of the key file").with("path", path));
  }
  if (geteuid() == 0 && ::chown(path.c_str(), user.uid, static_cast<gid_t>(-1)) != 0) {
    return fail(errno_fault("phictl.owner", "cannot give the key file to its user")
                    .with("path", path)
                    .with("user", user.name));
  }
  return {};
}

// Only said: a key that root keeps, and systemd hands over, is not to be given away.
void say_kept(const Invocation& invocation, const std::string& path, const User& user) {
  invocation.out << "kept  " << path << "\n";
  if (!may(user, path, Access::read)) {
    invocation.err << "phictl: user " << user.name << " may not read " << path << ": chown "
                   << user.name << " " << path
                   << " (unless systemd hands it over with LoadCredential=)\n";
  }
}

class SetupKeysVerb final : public Verb {
 public:
  const VerbText& text() const override {
    static constexpr VerbText kText{
        "setup keys", "Make the keys of escrow and portal, once",
        "Makes, where the settings say, and only what is not there "
        "yet: portal.private_key (opens sealed\n"
        "messages; for the portal's user alone) with "
        "escrow.public_key, escrow.link_key (makes the links in\n"
        "notices; for the filter's user alone) and portal.pepper "
        "(mixed into stored answers; for the portal's\n"
        "user alone). Nothing is ever overwritten, and nothing made where "
        "one of the users is missing. Keep a\n"
        "copy of the private key offline: without it no waiting "
        "message can be read.",
        "sudo phictl setup keys"};
    return kText;
  }

  std::vector<Argument> arguments() override {
    return {{"--filter-user",
             &filter_user_,
             "The user that phimilter runs as",
             "USER [phimilter]",
             false,
             {}},
            {"--portal-user",
             &portal_user_,
             "The user that phimilter-portal runs as",
             "USER [phiportal]",
             false,
             {}}};
  }

  Outcome run(const Invocation& invocation) override {
    const auto settings = invocation.settings();
    if (!settings) {
      return report(invocation, settings.error());
    }
    const auto filter = owner(filter_user_);
    const auto portal = owner(portal_user_);
    if (!filter || !portal) {
      return report(invocation, filter ? portal.error() : filter.error());
    }
    const Status made = make_all(invocation, *settings, {*filter, *portal});
    return made ? Outcome::ok : report(invocation, made.error());
  }

 private:
  static Status make_all(const Invocation& invocation, const Settings& settings,
                         const Owners& owners) {
    Status made = make_pair_of_keys(invocation, settings, owners.portal);
    if (made) {
      made = make_secret(invocation, settings.escrow_link_key, owners.filter);
    }
    if (made) {
      made = make_secret(invocation, settings.portal_pepper, owners.portal);
    }
    return made;
  }

  static Status make_pair_of_keys(const Invocation& invocation, const Settings& settings,
                                  const User& portal) {
    const std::string& private_key = settings.portal_private_key;
    const std::string& public_key = settings.escrow_public_key;
    const bool have_private = is_there(private_key);
    const bool have_public = is_there(public_key);
    if (have_private != have_public) {
      return fail(configuration_fault("phictl.half_pair",
                                      "one half of the portal's key pair is missing; put it back "
                                      "from the copy, or move the other half away to begin anew")
                      .with("missing", have_private ? public_key : private_key));
    }
    if (have_private) {
      say_kept(invocation, private_key, portal);
      invocation.out << "kept  " << public_key << "\n";
      return {};
    }
    if (auto made = escrow::generate_keys(private_key, public_key); !made) {
      return fail(made);
    }
    if (auto given = give_to(private_key, portal, 0600); !given) {
      return fail(given);
    }
    if (::chmod(public_key.c_str(), 0644) != 0) {
      return fail(errno_fault("phictl.mode", "cannot set the mode of the public key")
                      .with("path", public_key));
    }
    invocation.out << "made  " << private_key << "\nmade  " << public_key << "\n";
    return {};
  }

  static Status make_secret(const Invocation& invocation, const std::string& path,
                            const User& user) {
    if (is_there(path)) {
      say_kept(invocation, path, user);
      return {};
    }
    if (auto made = escrow::generate_secret_file(path, kSecretBytes); !made) {
      return fail(made);
    }
    if (auto given = give_to(path, user, 0600); !given) {
      return fail(given);
    }
    invocation.out << "made  " << path << "\n";
    return {};
  }

  std::string filter_user_ = "phimilter";
  std::string portal_user_ = "phiportal";
};

}  // namespace

std::unique_ptr<Verb> setup_keys_verb() {
  return std::make_unique<SetupKeysVerb>();
}

}  // namespace phimilter::phictl
