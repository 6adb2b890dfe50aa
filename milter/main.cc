// SPDX-License-Identifier: Apache-2.0
//
// phimilter: the program that the MTA talks to.
#include <getopt.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "base/log.h"
#include "base/settings.h"
#include "base/time_zone.h"
#include "milter/service.h"

namespace {

using phimilter::Fault;
using phimilter::Settings;
using phimilter::Status;

constexpr int kUsageExit = 64;   // EX_USAGE of sysexits.h
constexpr int kConfigExit = 78;  // EX_CONFIG
constexpr int kFailureExit = 1;

constexpr const char* kHelp =
    "phimilter - finds PHI in outgoing mail and protects it for each recipient\n"
    "\n"
    "  phimilter [--settings FILE] [--check] [--allow-root]\n"
    "\n"
    "  --settings FILE  settings (default /etc/phimilter/phimilter.toml)\n"
    "  --check          read settings and policy, say what is wrong with them, do nothing else\n"
    "  --allow-root     run as root all the same: for tests\n"
    "  --version        the version\n"
    "  --help           this text\n"
    "\n"
    "It runs in the foreground and logs to standard error or the journal. SIGTERM ends it when "
    "the\n"
    "messages in work are done; SIGUSR1 loads the policy files and such settings as can change "
    "anew,\n"
    "whole or not at all.\n"
    "The settings are described by `phictl settings`, whether they are right by `phictl check`.\n";

struct Options {
  std::string settings{phimilter::kDefaultSettingsFile};
  bool check = false;
  bool allow_root = false;
  bool version = false;
  bool help = false;
};

bool read_options(int argc, char** argv, Options& options) {
  static const option kOptions[] = {
      {"settings", required_argument, nullptr, 's'}, {"check", no_argument, nullptr, 'c'},
      {"allow-root", no_argument, nullptr, 'r'},     {"version", no_argument, nullptr, 'v'},
      {"help", no_argument, nullptr, 'h'},           {nullptr, 0, nullptr, 0}};
  int found = 0;
  while ((found = getopt_long(argc, argv, "", kOptions, nullptr)) != -1) {
    switch (found) {
      case 's':
        options.settings = optarg;
        break;
      case 'c':
        options.check = true;
        break;
      case 'r':
        options.allow_root = true;
        break;
      case 'v':
        options.version = true;
        break;
      case 'h':
        options.help = true;
        break;
      default:
        return false;
    }
  }
  return optind == argc;
}

// What stands in this memory must not come to stand in a file.
void forbid_core_dumps() {
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

// libmilter waits for the signals that end it, and the reload thread for its own. A thread that
// left one of them open would take it and end the program at once, so all of them are closed before
// there is a second thread.
void set_signals() {
  std::signal(SIGPIPE, SIG_IGN);
  sigset_t waited_for;
  sigemptyset(&waited_for);
  for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGUSR1}) {
    sigaddset(&waited_for, number);
  }
  pthread_sigmask(SIG_BLOCK, &waited_for, nullptr);
}

int give_up(const Fault& fault) {
  std::fprintf(stderr, "phimilter: %s\n", fault.describe().c_str());
  return fault.kind == phimilter::FaultKind::configuration ? kConfigExit : kFailureExit;
}

int serve(const Settings& settings, const std::string& settings_file) {
  using phimilter::log::Target;
  const Target target =
      settings.log_target == "journald" ? Target::journald : Target::standard_error;
  const Status opened = phimilter::log::open("phimilter", target, settings.log_level);
  if (!opened) {
    return give_up(opened.error());
  }
  auto service = phimilter::milter::start_service(settings, settings_file);
  if (!service) {
    return give_up(service.error());
  }
  const Status served = (*service)->run();
  const int status = served ? EXIT_SUCCESS : give_up(served.error());
  // Threads of libmilter live as long as the process and use what the service owns: nothing is
  // taken down under a session that is still open.
  std::_Exit(status);
}

int check(const Settings& settings) {
  const Status checked = phimilter::milter::check_settings(settings);
  if (!checked) {
    return give_up(checked.error());
  }
  std::puts("phimilter: settings and policy can be read");
  return EXIT_SUCCESS;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  if (!read_options(argc, argv, options)) {
    std::fputs(kHelp, stderr);
    return kUsageExit;
  }
  if (options.help) {
    std::fputs(kHelp, stdout);
    return EXIT_SUCCESS;
  }
  if (options.version) {
    std::puts("phimilter " PHIMILTER_VERSION);
    return EXIT_SUCCESS;
  }
  forbid_core_dumps();
  set_signals();
  // Escrow is shared with the portal by its group; nothing of ours is for others.
  umask(0007);
  if (geteuid() == 0 && !options.allow_root && !options.check) {
    std::fputs("phimilter: must not run as root: start it as the user phimilter\n", stderr);
    return kConfigExit;
  }
  const auto settings = phimilter::load_settings(options.settings);
  if (!settings) {
    return give_up(settings.error());
  }
  phimilter::use_time_zone(settings->organisation_time_zone);
  return options.check ? check(*settings) : serve(*settings, options.settings);
}
