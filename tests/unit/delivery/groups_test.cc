// SPDX-License-Identifier: Apache-2.0
#include "delivery/groups.h"

#include <gtest/gtest.h>

namespace phimilter::delivery {
namespace {

using policy::Method;

struct Who {
  std::string_view key;
  Method method;
  bool blind = false;
  bool internal = false;
};

struct Case {
  const char* name;
  std::vector<Who> who;
  GroupOptions options;
  Route route;
  std::vector<Group> groups;
};

GroupPlan plan(const Case& test) {
  std::vector<policy::Treatment> treatments;
  std::vector<Addressee> addressees;
  for (const Who& who : test.who) {
    policy::Treatment treatment;
    treatment.method = who.method;
    treatments.push_back(treatment);
    addressees.push_back({who.key, who.blind, who.internal});
  }
  return plan_groups(treatments, addressees, test.options);
}

constexpr bool kBlind = true;
constexpr bool kInternal = true;

const Case kCases[] = {
    {"clean to one", {{"a", Method::pass}}, {}, Route::untouched, {{Method::pass, {0}}}},
    {"clean with Bcc",
     {{"a", Method::pass}, {"b", Method::pass, kBlind}},
     {},
     Route::untouched,
     {{Method::pass, {0}}, {Method::pass, {1}}}},
    {"clean stays even where re-entry is always",
     {{"a", Method::pass}},
     {.reentry_always = true},
     Route::untouched,
     {{Method::pass, {0}}}},
    {"one PGP", {{"a", Method::pgp}}, {}, Route::in_place, {{Method::pgp, {0}}}},
    {"PGP for all of To and Cc",
     {{"a", Method::pgp}, {"b", Method::pgp}},
     {},
     Route::in_place,
     {{Method::pgp, {0, 1}}}},
    {"one S/MIME", {{"a", Method::smime}}, {}, Route::in_place, {{Method::smime, {0}}}},
    {"two S/MIME",
     {{"a", Method::smime}, {"b", Method::smime}},
     {},
     Route::reentry,
     {{Method::smime, {0}}, {Method::smime, {1}}}},
    {"PGP for a Bcc alone", {{"a", Method::pgp, kBlind}}, {}, Route::reentry, {{Method::pgp, {0}}}},
    {"PGP for To and Bcc",
     {{"a", Method::pgp}, {"b", Method::pgp, kBlind}, {"c", Method::pgp}},
     {},
     Route::reentry,
     {{Method::pgp, {0, 2}}, {Method::pgp, {1}}}},
    {"always re-entry",
     {{"a", Method::pgp}},
     {.reentry_always = true},
     Route::reentry,
     {{Method::pgp, {0}}}},
    {"copies left before",
     {{"a", Method::pgp}},
     {.reentry_begun = true},
     Route::reentry,
     {{Method::pgp, {0}}}},
    {"TLS changes the route",
     {{"a", Method::tls}, {"b", Method::tls}},
     {},
     Route::reentry,
     {{Method::tls, {0, 1}}}},
    {"one portal", {{"a", Method::portal}}, {}, Route::in_place, {{Method::portal, {0}}}},
    {"portal for a Bcc alone",
     {{"a", Method::portal, kBlind}},
     {},
     Route::reentry,
     {{Method::portal, {0}}}},
    {"two portal",
     {{"a", Method::portal}, {"b", Method::portal}},
     {},
     Route::reentry,
     {{Method::portal, {0}}, {Method::portal, {1}}}},
    {"held", {{"a", Method::hold}}, {}, Route::reentry, {{Method::hold, {0}}}},
    {"PGP and a colleague",
     {{"a", Method::pgp}, {"b", Method::pass, false, kInternal}},
     {},
     Route::reentry,
     {{Method::pgp, {0}}, {Method::pass, {1}}}},
    {"clear copy for a Bcc colleague is his own",
     {{"a", Method::portal},
      {"b", Method::pass, kBlind, kInternal},
      {"c", Method::pass, false, kInternal},
      {"d", Method::pass, false, kInternal}},
     {},
     Route::reentry,
     {{Method::portal, {0}}, {Method::pass, {1}}, {Method::pass, {2, 3}}}},
    {"all outside rejected",
     {{"a", Method::reject}, {"b", Method::pass, false, kInternal}},
     {},
     Route::refused,
     {{Method::reject, {0}}, {Method::pass, {1}}}},
    {"one of two rejected",
     {{"a", Method::reject}, {"b", Method::pgp}},
     {},
     Route::reentry,
     {{Method::reject, {0}}, {Method::pgp, {1}}}},
    {"one mailbox twice",
     {{"a", Method::portal}, {"a", Method::portal}},
     {},
     Route::reentry,
     {{Method::portal, {0}}}},
    {"everything",
     {{"a", Method::pgp},
      {"b", Method::smime},
      {"c", Method::tls},
      {"d", Method::portal},
      {"e", Method::pgp, kBlind},
      {"f", Method::pass, false, kInternal},
      {"g", Method::pgp}},
     {},
     Route::reentry,
     {{Method::pgp, {0, 6}},
      {Method::smime, {1}},
      {Method::tls, {2}},
      {Method::portal, {3}},
      {Method::pgp, {4}},
      {Method::pass, {5}}}},
};

TEST(Groups, RouteAndCopies) {
  for (const Case& test : kCases) {
    const GroupPlan got = plan(test);
    EXPECT_EQ(got.route, test.route) << test.name;
    EXPECT_EQ(got.groups, test.groups) << test.name;
  }
}

}  // namespace
}  // namespace phimilter::delivery
