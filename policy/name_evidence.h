// SPDX-License-Identifier: Apache-2.0
//
// What stands around a name, and how sure it makes us that this is somebody who may be a patient.
// Private to the name finder; the scale is explained in policy/names.h.
#pragma once

#include <cstddef>
#include <set>
#include <string>

#include "policy/name_words.h"
#include "policy/part_view.h"

namespace phimilter::policy {

class NameJudge {
 public:
  NameJudge(const PartView& view, const NameReader& reader);
  enum class Standing { told_of, greeted, possible };  // as the classes in policy/names.h
  struct Verdict {
    int confidence = 0;  // 0: nobody's name, or a provider's, or the writer's
    Standing standing = Standing::told_of;
  };
  // Names come in the order of the text.
  Verdict confidence(const Name& name);

 private:
  struct Before {
    bool patient = false;     // "patient", "pt:"
    bool relative = false;    // "mother of", "her son"
    bool title = false;       // "Mrs."
    bool subject = false;     // "re:", "regarding"
    bool provider = false;    // "Dr.", "attending", "by"
    bool greeting = false;    // "Dear"
    bool contact = false;     // "from:", "attn:", "contact"
    bool about = false;       // "for", "with", "of"
    bool call = false;        // "call", "reach"
    bool treated = false;     // "examined", "discharged"
    bool billed = false;      // "bill to:"
    bool number = false;      // "MRN 4471902"
    bool bed = false;         // "rm 9"
    bool line_start = false;  // the name stands first on its line
  };
  struct After {
    bool record = false;    // a birth date, a record number or an age
    bool date = false;      // any date
    bool number = false;    // a bare number of five digits or more
    bool provider = false;  // ", MD"
    bool happened = false;  // "was admitted"
    bool health = false;    // "'s biopsy"
    bool address = false;   // "<jane@...>"
    bool bed = false;       // "rm 412"
    bool term = false;      // a word of health stands right behind it
    bool phone = false;
  };

  Before before(const Name& name) const;
  void read_cue(std::size_t token, bool adjacent, Before& out) const;
  After after(const Name& name) const;
  void read_behind(const Name& name, After& out) const;
  bool handed_over(std::size_t to) const;
  bool record_number_before(std::size_t end) const;
  bool clinical_verb_near(std::size_t token) const;
  bool health_term_at(std::size_t first, std::size_t last) const;
  bool eye_or_therapy_at(std::size_t token) const;
  bool credential_at(std::size_t token, std::string_view gap) const;
  bool is_provider(const Name& name, const Before& before, const After& after) const;
  bool is_saint(const Name& name) const;
  bool bed_at(std::size_t token) const;
  bool is_asked(const Name& name) const;  // "with questions"
  bool is_spoken_to(const Name& name) const;
  bool is_possible(const Name& name, const Before& before, const After& after) const;
  bool in_subject(const Name& name) const;
  bool is_own(const Name& name, const std::set<std::string>& names) const;

  int by_lists(const Name& name) const;
  int whole_name(const Name& name, const Before& before, const After& after) const;
  int single_name(const Name& name, const Before& before, const After& after) const;

  const PartView& view_;
  const NameReader& reader_;
  std::set<std::string> own_words_;
  std::set<std::string> recipient_words_;
  std::size_t provider_end_ = 0;  // one past the last token of the last provider's name
};

}  // namespace phimilter::policy
