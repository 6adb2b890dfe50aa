// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "base/encoding.h"
#include "base/limits.h"
#include "phictl/doctor.h"

namespace phimilter::phictl {
namespace {

std::string place(const PostfixConfig& config, const PostfixService& service) {
  return config.folder() + "/master.cf, " + service.name;
}

std::vector<MilterOfService> milters_of(const PostfixConfig& config,
                                        const PostfixService& service) {
  return milters_in(config.parameter(service, "smtpd_milters"));
}

// Postfix in a chroot names the socket from there.
bool is_ours(const MilterOfService& milter, const Settings& settings) {
  if (milter.socket == settings.milter_socket) {
    return true;
  }
  constexpr std::string_view kUnix = "unix:";
  const std::string_view ours = settings.milter_socket;
  const std::string_view named = milter.socket;
  const auto file = [](std::string_view path) { return path.substr(path.rfind('/') + 1); };
  return ours.starts_with(kUnix) && named.starts_with(kUnix) && named.size() > kUnix.size() &&
         !named.starts_with("unix:/") && file(ours) == file(named);
}

bool filters(const PostfixConfig& config, const PostfixService& service, const Settings& settings) {
  const auto milters = milters_of(config, service);
  return std::any_of(milters.begin(), milters.end(),
                     [&](const MilterOfService& milter) { return is_ours(milter, settings); });
}

void examine_default_action(const PostfixConfig& config, const PostfixService& service,
                            const MilterOfService& ours, Examination& seen) {
  const auto own = ours.options.find("default_action");
  const std::string action =
      own == ours.options.end() ? config.parameter(service, "milter_default_action") : own->second;
  if (action == "tempfail") {
    seen.good("postfix.default_action",
              place(config, service) + ": mail waits when the filter is away");
  } else {
    seen.problem("postfix.default_action",
                 place(config, service) + ": the action is '" + action +
                     "': when the filter is away, mail leaves in the clear, is refused for good or "
                     "ends on hold, from where it leaves unfiltered",
                 "Write default_action=tempfail into the braces of smtpd_milters");
  }
}

// Who may still reject after us leaves copies behind that were already handed over.
void examine_order(const PostfixConfig& config, const PostfixService& service,
                   const Settings& settings, Examination& seen) {
  const auto milters = milters_of(config, service);
  if (is_ours(milters.back(), settings)) {
    seen.good("postfix.order", place(config, service) + ": phimilter is the last filter");
    return;
  }
  seen.problem("postfix.order",
               place(config, service) + ": " + milters.back().socket +
                   " comes behind phimilter: what it signs is changed copies' old text, and what "
                   "it rejects has left already",
               "Name phimilter last here, and put a DKIM signer into smtpd_milters of the re-entry "
               "listeners");
}

void examine_filtered(const PostfixConfig& config, const PostfixService& service,
                      const Settings& settings, Examination& seen) {
  const auto milters = milters_of(config, service);
  const auto ours =
      std::find_if(milters.begin(), milters.end(),
                   [&](const MilterOfService& milter) { return is_ours(milter, settings); });
  examine_default_action(config, service, *ours, seen);
  examine_order(config, service, settings, seen);
  const std::string newline = config.parameter(service, "smtpd_forbid_bare_newline");
  if (newline.empty() || newline == "no") {
    seen.problem("postfix.bare_newline",
                 place(config, service) +
                     ": a bare line feed and dot end a message, so one mail can hide in another",
                 newline.empty() ? "Update Postfix: this version does not know "
                                   "smtpd_forbid_bare_newline"
                                 : "Set smtpd_forbid_bare_newline = normalize");
  } else if (!config.parameter(service, "smtpd_forbid_bare_newline_exclusions").empty()) {
    seen.problem(
        "postfix.bare_newline",
        place(config, service) + ": own networks are exempt from the check of bare line feeds",
        "Set smtpd_forbid_bare_newline_exclusions to nothing");
  } else {
    seen.good("postfix.bare_newline", place(config, service) + ": bare line feeds end no message");
  }
}

bool takes_logins(const PostfixConfig& config, const PostfixService& service) {
  return service.name == "submission" || service.name == "submissions" || service.name == "smtps" ||
         config.parameter(service, "smtpd_sasl_auth_enable") == "yes";
}

constexpr std::string_view kOutsideOnly =
    "Right if only mail from the outside comes here; if hosts inside hand in mail, point them at "
    "the "
    "filtered listener";

// A listener without the filter: right for mail from outside, wrong for mail from inside.
void examine_unfiltered(const PostfixConfig& config, const PostfixService& service,
                        Examination& seen) {
  const std::string what = place(config, service) + ": takes mail without the filter";
  if (takes_logins(config, service)) {
    seen.problem("postfix.unfiltered", what + ", from people who log in",
                 "Give it the two lines smtpd_milters and milter_macro_daemon_name of the filtered "
                 "listener");
  } else {
    seen.unknown("postfix.unfiltered", what, std::string(kOutsideOnly));
  }
}

bool only_learns(const PostfixConfig& config, const PostfixService& service,
                 const Settings& settings) {
  const auto& names = settings.milter_learn_listeners;
  return std::find(names.begin(), names.end(),
                   config.parameter(service, "milter_macro_daemon_name")) != names.end();
}

// There the filter lets mail in that nobody inside sent; who else hands in mail there is as good as
// unfiltered.
void examine_learning(const PostfixConfig& config, const PostfixService& service,
                      Examination& seen) {
  const std::string where = place(config, service) + ": the filter only learns keys here";
  if (takes_logins(config, service)) {
    seen.problem("postfix.learning", where + ", and people log in: their mail needs a filter",
                 "Write -o smtpd_sasl_auth_enable=no here, and send people to the submission "
                 "service with the two lines of the filtered listener");
    return;
  }
  if (config.parameter(service, "mynetworks").empty()) {
    seen.good("postfix.learning", where + ", and no host inside may relay");
  } else {
    seen.unknown("postfix.learning", where + "; hosts of mynetworks may relay",
                 std::string(kOutsideOnly) + ", and write -o mynetworks= here");
  }
}

// What was promised for a domain is asked for when the mail is delivered (tls.policy_socket).
void examine_tls_table(const PostfixConfig& config, const Settings& settings, Examination& seen) {
  const std::string where = config.folder() + "/main.cf: smtp_tls_policy_maps ";
  const std::string table = "socketmap:" + settings.tls_policy_socket + ":tls";
  std::string asked;
  for (const std::string& map : words_in(config.parameter("smtp_tls_policy_maps"))) {
    if (map == table || (asked.empty() && map.starts_with("socketmap:"))) {
      asked = map;
    }
  }
  if (settings.tls_policy_socket.empty() && asked.empty()) {
    return;
  }
  if (settings.tls_policy_socket.empty()) {
    seen.problem("postfix.tls_table",
                 where + "asks " + asked + ", and tls.policy_socket is not set: mail for TLS waits",
                 "Set tls.policy_socket to what stands between socketmap: and :tls");
  } else if (asked != table) {
    seen.problem("postfix.tls_table",
                 where + (asked.empty() ? "does not ask the filter" : "asks " + asked) +
                     ", so what it promised of a domain is not what is demanded",
                 "Add " + table + " to smtp_tls_policy_maps of this instance");
  } else {
    seen.good("postfix.tls_table", where + "asks the filter what to demand");
  }
}

void examine_reentry(const PostfixConfig& config, const Settings& settings, Examination& seen) {
  const PostfixService* service = config.listener(settings.reentry_listener);
  if (service == nullptr) {
    seen.problem("postfix.reentry",
                 "no smtpd of " + config.folder() + " listens on " + settings.reentry_listener,
                 "Add the re-entry listener of contrib/postfix/master.cf");
    return;
  }
  if (filters(config, *service, settings)) {
    seen.problem(
        "postfix.reentry",
        place(config, *service) + ": the filter is on the listener that takes its own copies back",
        "Write -o smtpd_milters= there, or the signer alone");
  }
  const std::string networks = config.parameter(*service, "mynetworks");
  const auto words = words_in(networks);
  const bool trusts_only_us = std::all_of(words.begin(), words.end(), [](const std::string& word) {
    return word.starts_with("127.") || word.starts_with("[::1]");
  });
  const std::string clients = config.parameter(*service, "smtpd_client_restrictions");
  const bool refuses = words_in(clients) == std::vector<std::string>{"permit_mynetworks", "reject"};
  if (!config.loopback_only(*service) && !(trusts_only_us && refuses)) {
    seen.problem(
        "postfix.reentry_open",
        place(config, *service) + ": others than this host may hand in mail there, unfiltered",
        "Bind it to 127.0.0.1, with mynetworks=127.0.0.0/8 and "
        "smtpd_client_restrictions=permit_mynetworks,reject");
  } else {
    seen.good("postfix.reentry_open", place(config, *service) + ": for this host alone");
  }
  const std::string name = config.parameter(*service, "milter_macro_daemon_name");
  const auto& known = settings.milter_reentry_listeners;
  if (std::find(known.begin(), known.end(), name) == known.end()) {
    seen.problem("postfix.reentry_name",
                 place(config, *service) + ": its milter_macro_daemon_name is '" + name +
                     "', and milter.reentry_listeners does not list that",
                 "Let the two say the same: a filter attached there by mistake then does no harm");
  }
}

// Copies are made behind the filtered listener, so a signature made there does not cover them.
void examine_signer(const PostfixConfig& config, const Settings& settings, Examination& seen) {
  bool others_filter = false;
  for (const PostfixService& service : config.services()) {
    const auto milters =
        service.is_smtpd() ? milters_of(config, service) : std::vector<MilterOfService>{};
    others_filter = others_filter || (filters(config, service, settings) && milters.size() > 1);
  }
  const PostfixService* reentry = config.listener(settings.reentry_listener);
  if (reentry == nullptr) {
    return;
  }
  if (!milters_of(config, *reentry).empty()) {
    seen.good("postfix.signer", place(config, *reentry) + ": a filter of its own sees the copies");
  } else if (others_filter) {
    seen.problem("postfix.signer",
                 place(config, *reentry) +
                     ": no other filter sees the copies, so a DKIM signer of the filtered listener "
                     "does not sign them",
                 "Put the signer into smtpd_milters of the re-entry listeners, and take it off the "
                 "filtered one");
  }
}

void examine_local(const PostfixConfig& config, const Settings& settings, Examination& seen) {
  const auto non_smtpd = milters_in(config.parameter("non_smtpd_milters"));
  if (std::any_of(non_smtpd.begin(), non_smtpd.end(),
                  [&](const MilterOfService& milter) { return is_ours(milter, settings); })) {
    seen.problem("postfix.local",
                 config.folder() +
                     "/main.cf: non_smtpd_milters names phimilter; while it defers, pickup tries "
                     "the same mail several times a second",
                 "Empty it, and send pickup's mail to the filtered listener as "
                 "contrib/postfix/master.cf does");
    return;
  }
  for (const PostfixService& service : config.services()) {
    if (service.program != "pickup") {
      continue;
    }
    const std::string route = config.parameter(service, "content_filter");
    const auto colon = route.find(':');
    const PostfixService* target =
        colon == route.npos ? nullptr : config.listener("inet:" + route.substr(colon + 1));
    if (target != nullptr && filters(config, *target, settings)) {
      seen.good("postfix.local", "mail of sendmail(1) and cron goes through " + target->name);
    } else {
      seen.problem(
          "postfix.local",
          place(config, service) + ": mail of sendmail(1) and cron leaves without the filter",
          "Give pickup the content_filter line of contrib/postfix/master.cf");
    }
  }
}

void examine_limits(const PostfixConfig& config, Examination& seen) {
  const std::string limit = config.parameter("message_size_limit");
  const auto digits =
      limit.empty() || limit.find_first_not_of("0123456789") != limit.npos || limit.size() > 18;
  const std::uint64_t bytes = digits ? 0 : std::stoull(limit);
  if (bytes == 0 || bytes > limits::kMessageBytes) {
    seen.problem(
        "postfix.message_size_limit",
        config.folder() +
            "/main.cf: lets longer messages in than phimilter reads, which refuses them with 552",
        "Set message_size_limit to at most " + std::to_string(limits::kMessageBytes));
  } else {
    seen.good("postfix.message_size_limit", "messages up to " + limit + " bytes");
  }
}

// To Postfix a message that the filter takes off is one that never went.
void examine_flow(const PostfixConfig& config, Examination& seen) {
  const std::string delay = config.parameter("in_flow_delay");
  if (delay.empty() || delay.find_first_not_of("0smhdw") == delay.npos) {
    seen.good("postfix.in_flow_delay", "clients are not slowed down for what leaves as copies");
  } else {
    seen.problem("postfix.in_flow_delay",
                 config.folder() + "/main.cf: clients wait " + delay +
                     " for each message once some hundred have left as copies, or were left out "
                     "of a batch",
                 "Set in_flow_delay = 0; phimilter limits by itself what it lets in");
  }
}

}  // namespace

void examine_postfix(const PostfixConfig& main, const Settings& settings, Examination& seen) {
  std::size_t filtered = 0;
  for (const PostfixService& service : main.services()) {
    if (!service.is_smtpd()) {
      continue;
    }
    if (filters(main, service, settings) && only_learns(main, service, settings)) {
      examine_learning(main, service, seen);
    } else if (filters(main, service, settings) &&
               &service != main.listener(settings.reentry_listener)) {
      ++filtered;
      examine_filtered(main, service, settings, seen);
    } else if (&service != main.listener(settings.reentry_listener)) {
      examine_unfiltered(main, service, seen);
    }
  }
  if (filtered == 0) {
    seen.problem("postfix.filtered",
                 "no listener of " + main.folder() + " has " + settings.milter_socket +
                     " among its smtpd_milters",
                 "Add the filtered listener of contrib/postfix/master.cf, and give its lines to "
                 "your submission service");
  }
  examine_reentry(main, settings, seen);
  examine_signer(main, settings, seen);
  examine_local(main, settings, seen);
  examine_limits(main, seen);
  examine_flow(main, seen);
}

void examine_secure_postfix(const std::vector<PostfixConfig>& instances, const Settings& settings,
                            Examination& seen) {
  if (settings.reentry_secure_listener.empty()) {
    return;
  }
  for (const PostfixConfig& config : instances) {
    const PostfixService* service = config.listener(settings.reentry_secure_listener);
    if (service == nullptr) {
      continue;
    }
    const std::string level = config.parameter("smtp_tls_security_level");
    if (level == "secure" || level == "dane-only") {
      seen.good("postfix.secure",
                config.folder() + ": the instance sends at level " + level + " or not at all");
    } else {
      seen.problem("postfix.secure",
                   config.folder() + "/main.cf: smtp_tls_security_level is '" + level +
                       "', so mail that was promised verified TLS can leave without",
                   "Set smtp_tls_security_level = secure for this whole instance");
    }
    examine_tls_table(config, settings, seen);
    if (!config.loopback_only(*service)) {
      seen.problem(
          "postfix.secure_open",
          place(config, *service) + ": others than this host may hand in mail there, unfiltered",
          "Bind it to 127.0.0.1");
    }
    if (filters(config, *service, settings)) {
      seen.problem(
          "postfix.secure_filter",
          place(config, *service) + ": the filter is on the listener that takes its own copies",
          "Write -o smtpd_milters= there, or the signer alone");
    }
    return;
  }
  seen.problem(
      "postfix.secure",
      "no instance that was looked at listens on " + settings.reentry_secure_listener,
      "Set up the second instance (contrib/postfix/secure), or name its folder with --postfix");
}

}  // namespace phimilter::phictl
