// SPDX-License-Identifier: Apache-2.0
#include "phictl/evaluation.h"

#include <algorithm>
#include <atomic>
#include <thread>

namespace phimilter::phictl {
namespace {

constexpr std::string_view kOcrCategory = "ocr";

std::vector<Result<Judgement>> judge_all(const std::vector<LabelledMail>& mails, const Judge& judge,
                                         std::size_t threads) {
  std::vector<Result<Judgement>> out(mails.size(), Result<Judgement>(Judgement{}));
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (std::size_t i = next++; i < mails.size(); i = next++) {
      if (mails[i].label != Label::grey) {
        out[i] = judge(mails[i].path);
      }
    }
  };
  std::vector<std::jthread> others;
  for (std::size_t i = 1; i < threads; ++i) {
    others.emplace_back(work);
  }
  work();
  others.clear();
  return out;
}

std::string joined(const std::vector<std::string>& texts) {
  std::string out;
  for (const std::string& text : texts) {
    out += (out.empty() ? "" : ", ") + text;
  }
  return out;
}

void count(Counts& counts, bool phi, bool clear) {
  ++(phi ? clear ? counts.fn : counts.tp : clear ? counts.tn : counts.fp);
}

void note(Evaluation& evaluation, const LabelledMail& mail, const Result<Judgement>& judged) {
  const bool phi = mail.label == Label::phi;
  const bool clear = judged && judged->clear;
  count(mail.category == kOcrCategory ? evaluation.ocr : evaluation.main, phi, clear);
  count(evaluation.categories[mail.category], phi, clear);
  if (!judged) {
    evaluation.errors.push_back({mail.path, mail.category, judged.error().describe()});
  }
  if (phi && clear) {
    evaluation.misses.push_back({mail.path, mail.category, {}});
  } else if (!phi && !clear) {
    evaluation.false_alarms.push_back(
        {mail.path, mail.category, judged ? joined(judged->why) : "error"});
  }
}

std::optional<double> share(std::size_t part, std::size_t rest) {
  if (part + rest == 0) {
    return std::nullopt;
  }
  return static_cast<double>(part) / static_cast<double>(part + rest);
}

}  // namespace

std::optional<double> Counts::recall() const {
  return share(tp, fn);
}

std::optional<double> Counts::false_positive_rate() const {
  return share(fp, tn);
}

Evaluation evaluate(const std::vector<LabelledMail>& mails, const Judge& judge,
                    std::size_t threads) {
  const std::vector<Result<Judgement>> judged = judge_all(mails, judge, threads);
  Evaluation out;
  for (std::size_t i = 0; i < mails.size(); ++i) {
    if (mails[i].label == Label::grey) {
      ++out.grey;
    } else {
      note(out, mails[i], judged[i]);
    }
  }
  return out;
}

}  // namespace phimilter::phictl
