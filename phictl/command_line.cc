// SPDX-License-Identifier: Apache-2.0
#include "phictl/command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>

#include "phictl/verb.h"

namespace phimilter::phictl {
namespace {

constexpr const char* kAbout =
    "The command line of phimilter, the mail filter that finds health information in outgoing "
    "mail\n"
    "and protects it for each recipient: checks the settings, explains a decision, looks after "
    "keys,\n"
    "recipients, waiting messages and the audit journal.";

constexpr const char* kFooter =
    "`phictl VERB --help` says what a verb is for, with an example.\n"
    "Exit status: 0 ok, 1 a problem was found or the work could not be done, 2 the command line "
    "is\n"
    "wrong.\n\nExample:\n  sudo phictl check\n";

struct GroupText {
  std::string purpose, example;
};

const std::map<std::string, GroupText>& group_texts() {
  static const std::map<std::string, GroupText> texts = {
      {"certs",
       {"Recipients' S/MIME certificates: put in, look at, take out", "certs list --expiring 30"}},
      {"keys", {"Recipients' OpenPGP keys and S/MIME certificates", "keys list"}},
      {"recipients",
       {"What is on file for recipients: language, consent, proof question",
        "recipients import patients.csv --dry-run"}},
      {"recipients alias",
       {"Other addresses at which a recipient's messages open, too", "recipients alias list"}},
      {"api-token", {"Tokens with which programs use the portal's API", "api-token list"}},
      {"messages", {"Messages that wait in escrow for their recipients", "messages list"}},
      {"held", {"Messages that wait for a person to release or refuse them", "held list"}},
      {"certs", {"Recipients' S/MIME certificates", "certs list"}},
      {"audit", {"The record of every decision", "audit verify"}},
      {"policy", {"The rules: what is health information, and what happens to it", "policy test"}},
      {"lexicon",
       {"Official lists of codes and names, compiled for detectors",
        "lexicon import icd10cm icd10cm-order-2026.txt"}},
      {"roster",
       {"The clinic's own patients, as digests that nobody can read",
        "roster build patients.csv --key roster.key --output patients.roster"}},
      {"setup", {"What is done once on a new gateway", "setup keys"}},
  };
  return texts;
}

void name_things(CLI::App& app) {
  app.get_formatter()->label("SUBCOMMAND", "VERB");
  app.get_formatter()->label("Positionals", "Arguments");
}

// `path` is the whole of it, `name` its last word.
CLI::App& group_in(CLI::App& parent, const std::string& name, const std::string& path) {
  const auto known = parent.get_subcommands([&](CLI::App* app) { return app->get_name() == name; });
  if (!known.empty()) {
    return *known.front();
  }
  const GroupText& text = group_texts().at(path);
  CLI::App* group = parent.add_subcommand(name, text.purpose)->group("Groups of verbs");
  group->footer("`phictl " + path + " VERB --help` says more.\n\nExample:\n  phictl " +
                text.example + "\n");
  return *group;
}

CLI::App& app_for(CLI::App& top, const std::string& path) {
  CLI::App* parent = &top;
  std::size_t from = 0;
  for (std::size_t blank = path.find(' '); blank != std::string::npos;
       from = blank + 1, blank = path.find(' ', from)) {
    parent = &group_in(*parent, path.substr(from, blank - from), path.substr(0, blank));
  }
  return *parent->add_subcommand(path.substr(from))->group("Verbs");
}

void declare(CLI::App& app, const Argument& argument) {
  CLI::Option* option = std::visit(
      [&](auto* place) -> CLI::Option* {
        const std::string name(argument.name);
        const std::string help(argument.help);
        if constexpr (std::is_same_v<decltype(place), bool*>) {
          return app.add_flag(name, *place, help);
        } else {
          return app.add_option(name, *place, help);
        }
      },
      argument.place);
  option->required(argument.required);
  if (!argument.value.empty()) {
    option->option_text(std::string(argument.value));
  } else if (!argument.name.starts_with("-")) {
    option->option_text(argument.required ? "(needed)" : " ");
  }
  if (std::holds_alternative<std::vector<std::string>*>(argument.place) &&
      argument.name.starts_with("-")) {
    option->expected(1)->take_all()->allow_extra_args(false);
  }
  if (!argument.choices.empty()) {
    option->check(CLI::IsMember(argument.choices));
  }
}

void declare(CLI::App& top, Verb& verb, Verb** chosen) {
  const VerbText& text = verb.text();
  CLI::App& app = app_for(top, std::string(text.path));
  app.description(std::string(text.purpose));
  app.footer(std::string(text.detail) + "\n\nExample:\n  " + std::string(text.example) + "\n");
  for (const Argument& argument : verb.arguments()) {
    declare(app, argument);
  }
  app.callback([&verb, chosen] { *chosen = &verb; });
}

int run_verb(Verb& verb, const Invocation& invocation) {
  // Libraries below may throw where memory or an output stream gives out: the one place that
  // catches it.
  try {
    const Outcome outcome = verb.run(invocation);
    invocation.out.flush();
    if (!invocation.out) {
      invocation.err
          << "phictl: the answer could not be written completely; look at the disk or the pipe\n";
      return static_cast<int>(Outcome::problem);
    }
    return static_cast<int>(outcome);
  } catch (const std::exception& error) {
    invocation.err << "phictl: stopped by an error of its own: " << error.what() << "\n";
    return static_cast<int>(Outcome::problem);
  }
}

}  // namespace

int run_command_line(const std::vector<std::string>& words, std::istream& in, std::ostream& out,
                     std::ostream& err) {
  CLI::App top(kAbout, "phictl");
  top.footer(kFooter);
  top.set_help_flag("-h,--help", "Print this help");
  top.set_version_flag("--version", "phictl " PHIMILTER_VERSION, "Print the version");
  name_things(top);
  top.fallthrough();
  std::string settings_file(kDefaultSettingsFile);
  top.add_option("--settings", settings_file, "The settings file")
      ->option_text("FILE [" + settings_file + "]");
  Verb* chosen = nullptr;
  const std::vector<std::unique_ptr<Verb>> verbs = all_verbs();
  for (const auto& verb : verbs) {
    declare(top, *verb, &chosen);
  }
  try {
    std::vector<std::string> reversed(words.rbegin(), words.rend());
    top.parse(std::move(reversed));
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) {
      top.exit(error, out, err);
      return static_cast<int>(Outcome::ok);
    }
    err << "phictl: " << error.what() << "; --help behind the verb says more\n";
    return static_cast<int>(Outcome::usage);
  }
  if (chosen == nullptr) {
    err << "phictl: a verb is needed; `phictl --help` and `phictl GROUP --help` list them\n";
    return static_cast<int>(Outcome::usage);
  }
  return run_verb(*chosen, Invocation{settings_file, in, out, err});
}

}  // namespace phimilter::phictl
