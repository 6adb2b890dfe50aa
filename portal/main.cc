// SPDX-License-Identifier: Apache-2.0
#include <malloc.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include <iostream>

#include "base/log.h"
#include "base/time_zone.h"
#include "portal/options.h"
#include "portal/portal.h"

namespace {

using phimilter::Settings;
using phimilter::Status;

constexpr std::string_view kHelp =
    R"(phimilter-portal: where recipients read their messages in a browser

  phimilter-portal --settings FILE [--allow-root]

A patient gets a notice by mail, follows its link, proves who they are (a
question that the clinic chose, or a code that is mailed to them), and reads
the message: text, files, the original. No account, no JavaScript.

  --settings FILE  the settings (default: /etc/phimilter/phimilter.toml).
                   `phictl settings` prints every one with its meaning, and
                   `phictl check` checks a file.
  --allow-root     run although this is root. For tests and demonstrations:
                   the portal reads hostile mail and belongs under a user of
                   its own (phiportal).
  --version        print the version.
  --help           print this.

It runs in the foreground and ends on SIGTERM or SIGINT; new settings or a new
certificate are read by starting it again; pages that are open stay open. It
needs these settings:

  [organisation]   name, phone: stand on every page
  [portal]         url: as it stands in the links
                   https, certificate, certificate_key: serves the network;
                   or http: plain, on loopback only, for a reverse proxy
                   private_key: opens messages; pepper: seals answers, tries
                   and locks. `phictl setup keys` makes both
                   state: folder for sealed answers, tries and locks
                   sender: from whom codes are mailed; without it only
                   messages with a question can be opened
  [escrow]         folder, public_key
  [audit]          portal_journal: what happened in the portal; the portal
                   shows nothing that it cannot record there

Behind a proxy: pass Host, X-Forwarded-Proto and X-Forwarded-For on, and keep
the path /m/... out of the proxy's log: who has the link has half the key.

Back up private_key, pepper, state and the escrow folder together. Without its
private_key or pepper an entry stays closed (503), and so does one whose state
file is lost after its question was taken in: have such messages sent again.

Five wrong answers lock an entry for 15 minutes; each further lock lasts twice
as long, up to 32 hours. A retracted message is deleted within seconds, an
expired one when escrow.retention_days are over.

Log lines begin with `-` (no queue id here) and the event; a fault names the
entry (see `phictl messages list`) and the reference, which also stands in the
recipient's notice: ask for it on the phone. Link secrets, answers and
addresses are never logged.

Exit status: 0 ended on request, 1 could not start, 2 wrong command line.
)";

struct CommandLine {
  std::string settings_file{phimilter::kDefaultSettingsFile};
  bool allow_root = false;
  std::string wrong;
  std::string_view print;
};

CommandLine parse_command_line(int count, char** words) {
  CommandLine line;
  for (int i = 1; i < count; ++i) {
    const std::string_view word = words[i];
    if (word == "--settings") {
      if (i + 1 == count) {
        line.wrong = "--settings needs a FILE behind it";
      } else {
        line.settings_file = words[++i];
      }
    } else if (word == "--allow-root") {
      line.allow_root = true;
    } else if (word == "--help" || word == "-h") {
      line.print = kHelp;
    } else if (word == "--version") {
      line.print = "phimilter-portal " PHIMILTER_VERSION "\n";
    } else {
      line.wrong = "unknown word '" + std::string(word) + "'";
    }
  }
  return line;
}

int refuse(const phimilter::Fault& fault) {
  std::cerr << "phimilter-portal: " << fault.describe() << "\n";
  return 1;
}

Status open_log(const Settings& settings) {
  using phimilter::log::Target;
  return phimilter::log::open(
      "phimilter-portal",
      settings.log_target == "journald" ? Target::journald : Target::standard_error,
      settings.log_level);
}

// Blocked in every thread, so that only the wait below takes them.
sigset_t block_ending_signals() {
  sigset_t ending;
  ::sigemptyset(&ending);
  ::sigaddset(&ending, SIGTERM);
  ::sigaddset(&ending, SIGINT);
  ::sigaddset(&ending, SIGHUP);
  ::pthread_sigmask(SIG_BLOCK, &ending, nullptr);
  ::signal(SIGPIPE, SIG_IGN);  // NOLINT(cert-err33-c)
  return ending;
}

// Who sends SIGHUP wants a reload, and systemd would take an end by it for a wanted one.
int wait_for_end(const sigset_t& ending) {
  int signal_number = 0;
  for (;;) {
    ::sigwait(&ending, &signal_number);
    if (signal_number != SIGHUP) {
      return signal_number;
    }
    phimilter::log::event(
        phimilter::log::Level::warning, "-", "no_reload",
        {{"text", "the portal reads its settings at the start only: restart it"}});
  }
}

int serve(const Settings& settings) {
  const sigset_t ending = block_ending_signals();
  auto portal = phimilter::portal::open_portal(settings);
  if (!portal) {
    return refuse(portal.error());
  }
  ::sd_notify(0, "READY=1");
  phimilter::log::event(phimilter::log::Level::info, "-", "started",
                        {{"https", settings.portal_https}, {"http", settings.portal_http}});
  const int signal_number = wait_for_end(ending);
  ::sd_notify(0, "STOPPING=1");
  phimilter::log::event(phimilter::log::Level::info, "-", "stopping",
                        {{"signal", std::to_string(signal_number)}});
  portal->reset();
  return 0;
}

// What stands in this memory must not come to stand in a file.
void forbid_core_dumps() {
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

// Argon2 takes 19 MiB for an answer. Left to itself, the allocator would keep that much for each
// thread that ever checked one.
void give_large_memory_back() {
  ::mallopt(M_MMAP_THRESHOLD, 4 << 20);
  ::mallopt(M_TRIM_THRESHOLD, 8 << 20);
}

// Each connection is a descriptor, and once none is left RESTinio accepts nothing any more.
void take_all_descriptors() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
  }
}

}  // namespace

int main(int count, char** words) {
  const CommandLine line = parse_command_line(count, words);
  if (!line.wrong.empty()) {
    std::cerr << "phimilter-portal: " << line.wrong << "; see --help\n";
    return 2;
  }
  if (!line.print.empty()) {
    std::cout << line.print;
    return 0;
  }
  if (::geteuid() == 0 && !line.allow_root) {
    std::cerr
        << "phimilter-portal: not as root: start it as the user phiportal, or say --allow-root\n";
    return 1;
  }
  ::umask(077);
  forbid_core_dumps();
  take_all_descriptors();
  give_large_memory_back();
  auto settings = phimilter::load_settings(line.settings_file);
  if (!settings) {
    return refuse(settings.error());
  }
  phimilter::use_time_zone(settings->organisation_time_zone);
  phimilter::portal::use_credentials(*settings);
  if (Status opened = open_log(*settings); !opened) {
    return refuse(opened.error());
  }
  try {
    return serve(*settings);
  } catch (const std::exception& error) {
    return refuse(phimilter::bug_fault("portal.exception", "the portal ended by an exception"));
  }
}
