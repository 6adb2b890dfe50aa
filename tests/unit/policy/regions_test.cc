// SPDX-License-Identifier: Apache-2.0
#include "policy/regions.h"

#include <gtest/gtest.h>

#include "policy/lexicon.h"

namespace phimilter::policy {
namespace {

// Kind of the region in which `place` stands, "-" for none.
std::string kind_at(const std::string& text, const std::string& place) {
  Lexicon lexicon;
  add_region_words(lexicon);
  lexicon.add_word("clinic", WordClass::organisation);
  lexicon.add_word("mrs", WordClass::title);
  const Tokens tokens = lexicon.tokens(text);
  const Regions regions = find_regions(text, tokens);
  const Region* region = region_at(regions, text.find(place));
  if (region == nullptr) {
    return "-";
  }
  switch (region->kind) {
    case RegionKind::signature:
      return "signature";
    case RegionKind::attribution:
      return "attribution";
    case RegionKind::disclaimer:
      return "disclaimer";
    case RegionKind::footer:
      return "footer";
  }
  return "?";
}

struct Case {
  std::string text;
  std::string place;
  std::string kind;
};

TEST(Regions, AreTold) {
  const Case cases[] = {
      {"See you.\n\nBest regards,\nAda Lund\nFront desk\n", "Ada", "signature"},
      {"See you.\n\n-- \nAda Lund\n212-555-0100\n", "Ada", "signature"},
      {"ok\n\nThanks, Ada\n", "Ada", "signature"},
      {"ok\n\nAda Lund\nRiver Clinic\n", "Ada", "signature"},
      {"Saludos cordiales,\nAda Lund\n", "Ada", "signature"},
      {"The lunch was for forty people. Ada Lund\n", "Ada", "signature"},
      {"Is it ready? Best, Ada Lund\n", "Ada", "signature"},
      {"Please restock it. Ada Lund, front desk\n", "Ada", "signature"},
      {"The lunch is over.\n\nAda Lund\n", "Ada", "signature"},
      {"Who fell? Ada Lund\n", "Ada", "-"},
      {"We saw Mrs. Ada Lund\n", "Ada", "-"},
      {"Thank you! We saw Ada.\nBo Ray is ill\n", "Bo", "-"},
      {"On Mon, Ada Lund <a@b.example> wrote:\n> Tom is ill\n", "Ada", "attribution"},
      {"On Mon, 5 Jan 2026, Ada Lund\n<a@b.example> wrote:\n> Tom is ill\n", "Ada", "attribution"},
      {"On Mon, Ada Lund <a@b.example> wrote:\n> Tom is ill\n", "Tom", "-"},
      {"From: Ada Lund\nSent: Monday\nTo: Bo\nSubject: Tom is ill\n", "Ada", "attribution"},
      {"From: Ada Lund\nSent: Monday\nTo: Bo\nSubject: Tom is ill\n", "Tom", "-"},
      {"Tom is ill.\n\nThis message is intended for the recipient only and may contain privileged "
       "and confidential information.\n",
       "privileged", "disclaimer"},
      {"Tom is ill.\n\nThis message is intended for the recipient only and may contain privileged "
       "and confidential information.\n",
       "Tom", "-"},
      {"Tom is ill.\nThis message is confidential and privileged; if you are not the intended "
       "recipient notify the sender.\n",
       "Tom", "-"},
      {"This message is confidential and intended for the recipient.\nTom is ill.\nIf it was "
       "received "
       "in error, notify the sender.\n",
       "Tom", "-"},
      {"NOTICE: this message is confidential and privileged, delete it.\nTom is ill.\n", "Tom",
       "-"},
      {"Sale!\nUnsubscribe here: http://x.example\n", "here", "footer"},
      // what only looks like one
      {"Thanks, I will call the patient tomorrow about it\n", "patient", "-"},
      {"Best,\nAda\n\nPS: Tom is ill again and wants to know more.\n", "Tom", "-"},
      {"Regards,\nPatient: Tom Reed\n", "Tom", "-"},
      {"The information was received. Tom is ill.\n", "Tom", "-"},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(kind_at(c.text, c.place), c.kind) << c.text << " at " << c.place;
  }
}

TEST(Regions, DoNotOverlapAndStandInOrder) {
  const std::string text =
      "Thanks,\nAda\nUnsubscribe\n\nOn Mon, Bo wrote:\n> Regards,\n> Bo\n> This message is "
      "confidential, privileged and intended for the recipient.\n";
  Lexicon lexicon;
  add_region_words(lexicon);
  const Tokens tokens = lexicon.tokens(text);
  std::size_t end = 0;
  for (const Region& region : find_regions(text, tokens)) {
    EXPECT_GE(region.from, end);
    EXPECT_GT(region.to, region.from);
    EXPECT_LE(region.to, text.size());
    end = region.to;
  }
}

}  // namespace
}  // namespace phimilter::policy
