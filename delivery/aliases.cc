// SPDX-License-Identifier: Apache-2.0
#include "delivery/aliases.h"

#include <algorithm>
#include <set>

#include "base/encoding.h"
#include "base/log.h"

namespace phimilter::delivery {

namespace {

constexpr std::size_t kMostNames = 500;     // of one expansion; past it: could not tell, outside
constexpr std::size_t kMostExtensions = 8;  // of one name; further ones are part of it

// The targets of an alias: "a@b, c, :include:/file, |program". A comma in quotes is part of a name.
std::vector<std::string> targets_in(std::string_view value) {
  std::vector<std::string> targets;
  std::string target;
  bool quoted = false;
  const auto add = [&] {
    const std::string_view trimmed = trim(target);
    if (!trimmed.empty()) {
      targets.emplace_back(trimmed);
    }
    target.clear();
  };
  for (const char c : value) {
    quoted = quoted != (c == '"');
    if (!quoted && (c == ',' || c == ' ' || c == '\t' || c == '\n')) {
      add();
    } else {
      target += c;
    }
  }
  add();
  return targets;
}

// What Postfix looks for, from the whole address to its domain (virtual(5), aliases(5)): with and
// without an extension. Which of several delimiters counts is Postfix's affair: what stands before
// any of them is looked for.
std::vector<std::string> names_of(const std::string& local, const std::string& domain,
                                  std::string_view delimiters) {
  std::vector<std::string> locals{local};
  for (auto at = local.find_first_of(delimiters, 1);
       at != std::string::npos && locals.size() < kMostExtensions;
       at = local.find_first_of(delimiters, at + 1)) {
    locals.push_back(local.substr(0, at));
  }
  std::vector<std::string> names;
  for (const std::string& name : locals) {
    if (!domain.empty()) {
      names.push_back(name + '@' + domain);
    }
    names.push_back(name);
  }
  if (!domain.empty()) {
    names.push_back('@' + domain);
  }
  return names;
}

class Expansion {
 public:
  Expansion(const std::vector<std::unique_ptr<AliasTable>>& tables,
            const std::vector<std::string>& own_domains, const std::string& delimiters)
      : tables_(tables), own_domains_(own_domains), delimiters_(delimiters) {}

  bool leads_outside(const mail::Address& address) {
    waiting_.emplace_back(ascii_lower(address.local()), address.domain());
    while (!waiting_.empty()) {
      const auto [local, domain] = waiting_.back();
      waiting_.pop_back();
      if (!seen_.insert(local + '@' + domain).second) {
        continue;
      }
      if (seen_.size() > kMostNames || follow(local, domain)) {
        return true;
      }
    }
    return false;
  }

 private:
  // True: somebody outside was met.
  bool follow(const std::string& local, const std::string& domain) {
    for (const auto& table : tables_) {
      for (const std::string& name : names_of(local, domain, delimiters_)) {
        const auto value = table->find(name);
        if (!value) {
          log::fault(log::Level::warning, "-", value.error());
          return true;
        }
        const auto targets = *value ? targets_in(**value) : std::vector<std::string>();
        if (std::any_of(targets.begin(), targets.end(), [&](const std::string& target) {
              return is_outside(target, local, domain);
            })) {
          return true;
        }
      }
    }
    return false;
  }

  // What is inside waits to be followed itself.
  bool is_outside(std::string target, const std::string& local, const std::string& domain) {
    if (target.size() > 1 && target.front() == '"' && target.back() == '"') {
      target = target.substr(1, target.size() - 2);
    }
    if (target.empty()) {
      return false;
    }
    if (ascii_iequal(target.substr(0, 9), ":include:")) {
      return true;  // a list that is not read here
    }
    if (target.front() == '|' || target.front() == '/') {
      return false;
    }
    if (target.front() == '\\') {
      target.erase(0, 1);
    }
    if (target.find('@') == std::string::npos) {
      waiting_.emplace_back(ascii_lower(target), domain);
      return target.find_first_of("%!") != std::string::npos;
    }
    if (target.front() == '@') {
      target.insert(0, local);
    }
    const auto address = mail::Address::parse(target);
    if (!address || !mail::domain_listed(address->domain(), own_domains_) ||
        address->local().find_first_of("%!@") != std::string::npos) {
      return true;
    }
    waiting_.emplace_back(ascii_lower(address->local()), address->domain());
    return false;
  }

  const std::vector<std::unique_ptr<AliasTable>>& tables_;
  const std::vector<std::string>& own_domains_;
  const std::string& delimiters_;
  std::vector<std::pair<std::string, std::string>> waiting_;
  std::set<std::string> seen_;
};

class TableAliasMaps final : public AliasMaps {
 public:
  TableAliasMaps(std::vector<std::unique_ptr<AliasTable>> tables,
                 std::vector<std::string> own_domains, std::string delimiters)
      : tables_(std::move(tables)),
        own_domains_(std::move(own_domains)),
        delimiters_(std::move(delimiters)) {}
  bool leads_outside(const mail::Address& address) override {
    return Expansion(tables_, own_domains_, delimiters_).leads_outside(address);
  }

 private:
  const std::vector<std::unique_ptr<AliasTable>> tables_;
  const std::vector<std::string> own_domains_;
  const std::string delimiters_;
};

}  // namespace

std::unique_ptr<AliasMaps> alias_maps_of(std::vector<std::unique_ptr<AliasTable>> tables,
                                         std::vector<std::string> own_domains,
                                         std::string delimiters) {
  return std::make_unique<TableAliasMaps>(std::move(tables), std::move(own_domains),
                                          std::move(delimiters));
}

std::unique_ptr<AliasMaps> mta_alias_maps(AliasOptions options) {
  std::vector<std::unique_ptr<AliasTable>> tables;
  for (const std::string& map : options.maps) {
    const bool sendmail = map.rfind(kSendmail, 0) == 0;
    tables.push_back(sendmail ? sendmail_table(map, options.makemap)
                              : postfix_table(map, options.postmap));
  }
  return alias_maps_of(std::move(tables), std::move(options.own_domains),
                       std::move(options.delimiters));
}

}  // namespace phimilter::delivery
