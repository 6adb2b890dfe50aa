// SPDX-License-Identifier: Apache-2.0
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "base/files.h"
#include "escrow/rewrap.h"
#include "escrow/vault.h"
#include "phictl/ownership.h"
#include "phictl/verb.h"

namespace phimilter::phictl {
namespace {

using escrow::KeyRing;

// As write_file_durably(), and the file stays with its owner.
Status replace_file(const std::string& path, std::string_view content, mode_t mode) {
  struct stat before {};
  const bool there = ::stat(path.c_str(), &before) == 0;
  const std::string fresh = path + ".new";
  if (Status written = write_file_durably(fresh, content, mode); !written) {
    return written;
  }
  if (there && ::geteuid() == 0 && ::chown(fresh.c_str(), before.st_uid, before.st_gid) != 0) {
    return fail(
        errno_fault("phictl.owner", "cannot give the key file to its user").with("path", fresh));
  }
  if (::rename(fresh.c_str(), path.c_str()) != 0) {
    return fail(
        errno_fault("phictl.key_write", "cannot put the key file in place").with("path", path));
  }
  const auto slash = path.rfind('/');
  return sync_folder(slash == 0 || slash == std::string::npos ? "/" : path.substr(0, slash));
}

Status write_ring(const std::string& path, const KeyRing& ring) {
  const auto text = escrow::private_keys_text(ring);
  return text ? replace_file(path, text->view(), 0600) : fail(text.error());
}

// Until nothing is sealed, or being sealed, to another key.
Status rewrap_all(const std::string& folder, const KeyRing& ring) {
  constexpr auto kPause = std::chrono::milliseconds(200);
  const escrow::PublicKey& to = ring.front().public_key;
  for (;;) {
    std::size_t left = 0;
    for (const std::string& place : {folder, folder + "/held"}) {
      const auto pass = escrow::rewrap_vault(place, ring, to);
      if (!pass) {
        return fail(pass.error());
      }
      left += pass->changed + pass->waiting;
    }
    const auto pass = escrow::rewrap_recipients(folder + "/recipients", ring, to);
    if (!pass) {
      return fail(pass.error());
    }
    if (left + pass->changed == 0) {
      return {};
    }
    std::this_thread::sleep_for(kPause);
  }
}

class SetupRotateVerb final : public Verb {
 public:
  const VerbText& text() const override {
    static constexpr VerbText kText{
        "setup rotate-portal-key", "Change the portal's key while filter and portal go on",
        "Makes a new pair: portal.private_key then holds both keys, escrow.public_key the new one, "
        "and both\n"
        "programs read their files again by themselves. What waits in the vault, held messages and "
        "recipients' data\n"
        "are wrapped to the new key, each in its place, and then the old key is taken out of "
        "portal.private_key.\n"
        "After a kill say it again: it goes on where it stopped. Where several portals share the "
        "vault, or the key\n"
        "comes from a systemd credential, say --prepare first, bring portal.private_key to each of "
        "them, restart\n"
        "those with a credential, and then say it without.",
        "sudo phictl setup rotate-portal-key"};
    return kText;
  }

  std::vector<Argument> arguments() override {
    return {{"--prepare", &prepare_, "Only make the new key, beside the old one", "", false, {}}};
  }

  Outcome run(const Invocation& invocation) override {
    const auto settings = invocation.settings();
    if (!settings) {
      return report(invocation, settings.error());
    }
    const Status done = rotate(invocation, *settings);
    return done ? Outcome::ok : report(invocation, done.error());
  }

 private:
  Status rotate(const Invocation& invocation, const Settings& settings) const {
    auto ring = escrow::read_private_keys(settings.portal_private_key);
    const auto sealed_to = escrow::read_public_key(settings.escrow_public_key);
    if (!ring || !sealed_to) {
      return fail(ring ? sealed_to.error() : ring.error());
    }
    if (ring->size() == 1) {
      auto fresh = escrow::make_key_pair();
      if (!fresh) {
        return fail(bug_fault("escrow.crypto", "the crypto library made no X25519 key"));
      }
      ring->insert(ring->begin(), std::move(*fresh));
      if (Status written = write_ring(settings.portal_private_key, *ring); !written) {
        return written;
      }
      invocation.out << "The new key stands beside the old one in " << settings.portal_private_key
                     << ".\n";
    }
    if (prepare_) {
      return {};
    }
    return use_new_key(invocation, settings, *ring, *sealed_to);
  }

  static Status use_new_key(const Invocation& invocation, const Settings& settings,
                            const KeyRing& ring, const escrow::PublicKey& sealed_to) {
    if (sealed_to != ring.front().public_key) {
      const auto text = escrow::public_key_text(ring.front().public_key);
      const Status written =
          text ? replace_file(settings.escrow_public_key, *text, 0644) : fail(text.error());
      if (!written) {
        return written;
      }
      invocation.out << "New entries are sealed to the new key.\n";
    }
    if (Status wrapped = rewrap_as_owner(settings.escrow_folder, ring); !wrapped) {
      return wrapped;
    }
    KeyRing last;
    last.push_back({ring.front().private_key.duplicate(), ring.front().public_key});
    if (Status written = write_ring(settings.portal_private_key, last); !written) {
      return written;
    }
    invocation.out << "Everything is wrapped to the new key; the old one is gone from "
                   << settings.portal_private_key
                   << ".\nDestroy its copies, and keep a copy of the new one offline.\n";
    return {};
  }

  // In a process of its own, since who becomes the owner cannot go back, and the key files are
  // root's to write.
  static Status rewrap_as_owner(const std::string& folder, const KeyRing& ring) {
    const pid_t child = ::fork();
    if (child < 0) {
      return fail(errno_fault("phictl.fork", "cannot start a process"));
    }
    if (child == 0) {
      Status wrapped = become_owner_of(folder);
      if (wrapped) {
        wrapped = rewrap_all(folder, ring);
      }
      if (!wrapped) {
        const std::string text = "phictl: " + wrapped.error().describe() + "\n";
        static_cast<void>(!::write(STDERR_FILENO, text.data(), text.size()));
      }
      ::_exit(wrapped ? 0 : 1);
    }
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
      return {};
    }
    return fail(transient_fault("phictl.rewrap",
                                "not everything could be wrapped to the new key; both keys stay, "
                                "everything opens, and the next run goes on"));
  }

  bool prepare_ = false;
};

class SetupRecoveryVerb final : public Verb {
 public:
  const VerbText& text() const override {
    static constexpr VerbText kText{
        "setup recovery", "Make the recovery key, to be kept offline",
        "Makes a pair: the public half where escrow.recovery_key says, the private one as FILE. "
        "Take FILE off this\n"
        "host. With escrow.bind_to_link the link of each new message is sealed to it, so that a "
        "lost notice can be sent\n"
        "again; alone it opens nothing. Nothing is ever overwritten.",
        "sudo phictl setup recovery /media/usb/recovery.key"};
    return kText;
  }

  std::vector<Argument> arguments() override {
    return {{"FILE", &file_, "Where the private half goes", "", true, {}}};
  }

  Outcome run(const Invocation& invocation) override {
    const auto settings = invocation.settings();
    if (!settings) {
      return report(invocation, settings.error());
    }
    if (settings->escrow_recovery_key.empty()) {
      return report(invocation,
                    configuration_fault("phictl.recovery",
                                        "escrow.recovery_key is not set: name the file of the "
                                        "public half"));
    }
    if (auto made = escrow::generate_keys(file_, settings->escrow_recovery_key); !made) {
      return report(invocation, made.error());
    }
    if (::chmod(settings->escrow_recovery_key.c_str(), 0644) != 0) {
      return report(invocation, errno_fault("phictl.mode", "cannot set the mode of the public key")
                                    .with("path", settings->escrow_recovery_key));
    }
    invocation.out << "made  " << settings->escrow_recovery_key << "\nmade  " << file_
                   << "\nTake the second one off this host, and restart the filter.\n";
    return Outcome::ok;
  }

 private:
  std::string file_;
};

}  // namespace

std::unique_ptr<Verb> setup_rotate_verb() {
  return std::make_unique<SetupRotateVerb>();
}

std::unique_ptr<Verb> setup_recovery_verb() {
  return std::make_unique<SetupRecoveryVerb>();
}

}  // namespace phimilter::phictl
