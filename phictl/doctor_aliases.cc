// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include "base/encoding.h"
#include "base/files.h"
#include "base/limits.h"
#include "base/run_program.h"
#include "mail/address.h"
#include "phictl/doctor.h"

namespace phimilter::phictl {
namespace {

constexpr std::array<std::string_view, 7> kListable{"hash", "btree", "lmdb",    "cdb",
                                                    "dbm",  "sdbm",  "texthash"};
constexpr std::string_view kRemedy =
    "Name the map in mta.alias_maps, so that phimilter follows it; or let the filtered listener "
    "see "
    "mail behind the expansion";

// Where one right-hand side leads, beside own mailboxes.
struct Targets {
  std::size_t outside = 0;
  std::size_t unseen = 0;  // a program, an included list, another lookup
};

void add_target(std::string_view target, const std::vector<std::string>& own_domains,
                Targets& targets) {
  target = trim(target);
  if (target.starts_with('"') && target.ends_with('"') && target.size() > 1) {
    target = target.substr(1, target.size() - 2);
  }
  if (target.empty() || target.starts_with('#') || target.starts_with('\\')) {
    return;
  }
  if (target.starts_with('|') || target.starts_with(":include:")) {
    ++targets.unseen;
    return;
  }
  const auto address = mail::Address::parse(target);
  if (address && !address->domain().empty() &&
      !mail::domain_listed(address->domain(), own_domains) && address->domain() != "localhost") {
    ++targets.outside;
  }
}

Targets targets_in(std::string_view text, const std::vector<std::string>& own_domains) {
  Targets out;
  for (const std::string_view line : split(text, '\n')) {
    for (const std::string_view target : split(line, ',')) {
      add_target(target, own_domains, out);
    }
  }
  return out;
}

// `postmap -s` prints "key<TAB>value".
Targets targets_of_map(std::string_view listing, const std::vector<std::string>& own_domains) {
  Targets out;
  for (const std::string_view line : split(listing, '\n')) {
    const auto tab = line.find('\t');
    if (tab == line.npos) {
      continue;
    }
    const Targets found = targets_in(line.substr(tab + 1), own_domains);
    out.outside += found.outside;
    out.unseen += found.unseen;
  }
  return out;
}

void judge_map(const std::string& map, const Targets& targets, Examination& seen) {
  if (targets.outside > 0) {
    seen.problem("postfix.aliases",
                 map + ": " + std::to_string(targets.outside) +
                     " of its addresses are outside, and mail to them goes there after the filter "
                     "saw an own recipient",
                 std::string(kRemedy));
  }
  if (targets.unseen > 0) {
    seen.unknown("postfix.aliases",
                 map + ": " + std::to_string(targets.unseen) + " programs or included lists",
                 "See that none of them sends mail outside");
  }
  if (targets.outside + targets.unseen == 0) {
    seen.good("postfix.aliases", map + ": nothing leads outside");
  }
}

void examine_map(const PostfixConfig& main, const Settings& settings, const std::string& postmap,
                 const std::string& map, Examination& seen) {
  const auto colon = map.find(':');
  const std::string type = map.substr(0, colon);
  if (type == "static" || type == "proxy" || colon == map.npos ||
      std::find(kListable.begin(), kListable.end(), type) == kListable.end()) {
    seen.unknown("postfix.aliases", map + ": a table of this kind cannot be listed",
                 "See that no address in it leads outside. " + std::string(kRemedy));
    return;
  }
  const std::string file = map.substr(colon + 1);
  if (type == "texthash") {
    const auto text = read_file(file, 16 * limits::kMiB);
    if (!text) {
      return seen.fault("postfix.aliases", text.error(), "Run as root");
    }
    std::string listing;
    for (const std::string_view line : split(*text, '\n')) {
      const auto blank = line.find_first_of(" \t");
      if (blank != line.npos && !line.starts_with('#')) {
        listing +=
            std::string(line.substr(0, blank)) + "\t" + std::string(line.substr(blank)) + "\n";
      }
    }
    return judge_map(map, targets_of_map(listing, settings.organisation_domains), seen);
  }
  const auto listing =
      run_program({postmap, "-c", main.folder(), "-s", map}, {.longest_output = 64 * limits::kMiB});
  if (!listing || listing->exit_code != 0) {
    return seen.unknown(
        "postfix.aliases",
        map + ": cannot be read" + (listing ? ": " + std::string(trim(listing->complaint)) : ""),
        "Run as root; `postmap` or `newaliases` makes the table");
  }
  judge_map(map, targets_of_map(listing->output, settings.organisation_domains), seen);
}

void examine_delimiter(const PostfixConfig& main, const Settings& settings, Examination& seen) {
  const std::string delimiters = main.parameter("recipient_delimiter");
  if (delimiters.find_first_not_of(settings.mta_recipient_delimiter) == std::string::npos) {
    return;
  }
  seen.problem("postfix.delimiter",
               main.folder() + "/main.cf: recipient_delimiter = " + delimiters +
                   ", mta.recipient_delimiter = " + settings.mta_recipient_delimiter +
                   ": an address with an extension is led where the filter does not look",
               "Set mta.recipient_delimiter to the same characters");
}

}  // namespace

void examine_postfix_aliases(const PostfixConfig& main, const Settings& settings,
                             const std::string& postmap, Examination& seen) {
  for (const std::string name : {"always_bcc", "sender_bcc_maps", "recipient_bcc_maps"}) {
    const std::string value = main.parameter(name);
    if (!value.empty()) {
      seen.problem("postfix.bcc",
                   main.folder() + "/main.cf: " + name + " = " + value +
                       ": these copies are made behind the filter's back",
                   "See that they stay inside, or take the setting out and let a rule do it");
    }
  }
  std::vector<std::string> maps;
  for (const std::string name : {"virtual_alias_maps", "alias_maps"}) {
    for (const std::string& map : words_in(main.parameter(name))) {
      if (std::find(maps.begin(), maps.end(), map) == maps.end()) {
        maps.push_back(map);
      }
    }
  }
  for (const std::string& map : maps) {
    examine_map(main, settings, postmap, map, seen);
  }
  examine_delimiter(main, settings, seen);
}

void examine_forward_files(const std::vector<std::string>& homes, const Settings& settings,
                           Examination& seen) {
  std::size_t looked_at = 0;
  for (const std::string& home : homes) {
    const std::string path = home + "/.forward";
    const auto text = read_file(path, limits::kMiB);
    if (!text) {
      continue;
    }
    ++looked_at;
    const Targets targets = targets_in(*text, settings.organisation_domains);
    if (targets.outside + targets.unseen > 0) {
      seen.problem("mta.forward",
                   path +
                       ": sends this person's mail on to the outside or to a program, behind the "
                       "filter's back",
                   "Remove it, or set forward_path (Postfix) or ForwardPath (Sendmail) to nothing");
    }
  }
  seen.good("mta.forward", std::to_string(looked_at) + " .forward files looked at");
}

}  // namespace phimilter::phictl
