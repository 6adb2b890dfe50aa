// SPDX-License-Identifier: Apache-2.0
#include "policy/detection_plan.h"

#include <algorithm>
#include <map>

#include "policy/lexicon_image.h"
#include "policy/regions.h"

namespace phimilter::policy {
namespace {

constexpr std::size_t kClassGroups = 32;  // one a bit of WordClasses

bool is_health(std::string_view finding_class) {
  return finding_class.starts_with("health.") || finding_class.starts_with("sensitive.");
}

class Builder {
 public:
  explicit Builder(DetectionPlan& plan) : plan_(plan), model_(*plan.model) {}

  Status build() {
    if (auto set = build_patterns(); !set) {
      return set;
    }
    for (std::size_t i = 0; i < model_.detectors.size(); ++i) {
      add_terms(i);
      number_classes(model_.detectors[i]);
    }
    for (const Detector& detector : model_.detectors) {
      add_cues(detector);
    }
    plan_.cue_list_count = cue_sources_.size();
    add_region_words(plan_.lexicon);
    for (const WordList& list : model_.words) {
      for (const std::string& word : list.words) {
        add_word(word, list.word_class);
      }
      for (const auto& image : list.images) {
        plan_.lexicon.add_image(image, plan_.entries.size());
        plan_.entries.insert(plan_.entries.end(), image->columns().size(),
                             {kNoIndex, kNoIndex, kNoIndex, bit(list.word_class)});
      }
    }
    for (std::size_t i = 0; i < model_.detectors.size(); ++i) {
      if (model_.detectors[i].kind == DetectorKind::weights) {
        plan_.weighers.emplace_back(i, Weigher(model_.detectors[i].weights, plan_.lexicon));
      }
    }
    return {};
  }

 private:
  Status build_patterns() {
    std::vector<Pattern> patterns;
    for (std::size_t i = 0; i < model_.detectors.size(); ++i) {
      if (model_.detectors[i].pattern) {
        patterns.push_back(*model_.detectors[i].pattern);
        plan_.pattern_owner.push_back(i);
      }
    }
    auto set = PatternSet::create(std::move(patterns));
    if (!set) {
      return fail(set.error());
    }
    plan_.patterns = std::move(*set);
    return {};
  }

  // Groups: a detector each, then a class of words each, then a cue list each, so that a cue word
  // never hides a health term.
  void add_terms(std::size_t index) {
    const Detector& detector = model_.detectors[index];
    auto& classes = plan_.term_classes.emplace_back();
    if (detector.kind == DetectorKind::labels) {
      plan_.lexicon.keep_on_line(index);
    }
    const std::size_t first_entry = plan_.entries.size();
    for (std::size_t term = 0; term < detector.terms.size(); ++term) {
      plan_.entries.push_back({index, term, kNoIndex, 0});
      plan_.lexicon.add(detector.terms[term].text, index, plan_.entries.size() - 1,
                        detector.terms[term].letters);
      const auto known = std::find(detector.classes.begin(), detector.classes.end(),
                                   detector.terms[term].finding_class);
      classes.push_back(known == detector.classes.end()
                            ? 0
                            : static_cast<std::size_t>(known - detector.classes.begin()));
    }
    for (const ImageTerms& image : detector.images) {
      plan_.lexicon.add_image(image.image, first_entry + image.first_term);
    }
    plan_.medical.push_back(
        detector.kind != DetectorKind::labels &&
        std::any_of(detector.classes.begin(), detector.classes.end(), is_health));
  }

  void number_classes(const Detector& detector) {
    auto& kinds = plan_.class_kinds.emplace_back();
    for (const std::string& name : detector.classes) {
      const std::string top = name.substr(0, name.find('.'));
      kinds.push_back(kinds_.try_emplace(top, kinds_.size()).first->second);
    }
  }

  void add_cues(const Detector& detector) {
    auto& lists = plan_.cue_lists.emplace_back();
    for (const Cue& cue : detector.cues) {
      lists.push_back(cue.pattern ? kNoIndex : cue_list_of(cue));
    }
  }

  std::size_t cue_list_of(const Cue& cue) {
    const auto [known, made] = cue_sources_.try_emplace(cue.source, cue_sources_.size());
    if (made && cue.terms != nullptr) {
      const std::size_t group = model_.detectors.size() + kClassGroups + known->second;
      for (const std::string& term : *cue.terms) {
        plan_.entries.push_back({kNoIndex, kNoIndex, known->second, 0});
        plan_.lexicon.add(term, group, plan_.entries.size() - 1, Lexicon::Letters::any);
      }
    }
    return known->second;
  }

  void add_word(const std::string& word, WordClass word_class) {
    if (plan_.lexicon.add_word(word, word_class)) {
      return;
    }
    std::size_t group = model_.detectors.size();
    for (WordClasses rest = bit(word_class) >> 1U; rest != 0; rest >>= 1U) {
      ++group;
    }
    plan_.entries.push_back({kNoIndex, kNoIndex, kNoIndex, bit(word_class)});
    plan_.lexicon.add(word, group, plan_.entries.size() - 1, Lexicon::Letters::any);
  }

  DetectionPlan& plan_;
  const Model& model_;
  std::map<std::string, std::size_t> cue_sources_;
  std::map<std::string, std::size_t> kinds_;
};

}  // namespace

Result<DetectionPlan> DetectionPlan::create(std::shared_ptr<const Model> model) {
  DetectionPlan out;
  out.model = std::move(model);
  if (auto built = Builder(out).build(); !built) {
    return fail(built.error());
  }
  return out;
}

}  // namespace phimilter::policy
