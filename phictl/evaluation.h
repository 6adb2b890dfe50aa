// SPDX-License-Identifier: Apache-2.0
//
// How well rules tell PHI from other mail, on messages that a person has judged. Holds paths,
// counts and rule ids, never text of a message.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "base/result.h"
#include "phictl/labelled_mail.h"

namespace phimilter::phictl {

// What the filter would make of a message: not clear unless every rule and every limit lets it go.
struct Judgement {
  bool clear = false;
  std::vector<std::string> why;  // rule ids; "already encrypted"; "limit reached"
};

// Called from several threads.
using Judge = std::function<Result<Judgement>(const std::string& path)>;

struct Counts {
  std::size_t tp = 0, fn = 0, fp = 0, tn = 0;
  std::optional<double> recall() const;               // nullopt: no phi was there
  std::optional<double> false_positive_rate() const;  // nullopt: no not_phi was there
};

struct WrongMail {
  std::string path;
  std::string category;
  std::string why;  // of a false alarm: what held it; of an error: the fault
};

struct Evaluation {
  Counts main;                               // every category but ocr
  Counts ocr;                                // text in pictures, which is read only where OCR is on
  std::map<std::string, Counts> categories;  // also ocr
  std::size_t grey = 0;
  std::vector<WrongMail> misses;        // phi that would have left as it came; in the order given
  std::vector<WrongMail> false_alarms;  // not_phi that would not
  std::vector<WrongMail> errors;        // could not be judged: counted as not clear
};

Evaluation evaluate(const std::vector<LabelledMail>& mails, const Judge& judge,
                    std::size_t threads);

void print_evaluation(const Evaluation& evaluation, std::ostream& out);       // for people
void print_evaluation_json(const Evaluation& evaluation, std::ostream& out);  // for programs

}  // namespace phimilter::phictl
