// SPDX-License-Identifier: Apache-2.0
#include "base/files.h"
#include "base/limits.h"
#include "phictl/lexicon_sources.h"
#include "phictl/verb.h"
#include "policy/lexicon_image.h"

namespace phimilter::phictl {
namespace {

constexpr std::size_t kLongestFile = 256 * limits::kMiB;
constexpr std::size_t kMostErrorsShown = 20;

ImportedList read_source(const std::string& kind, std::string_view content) {
  if (kind == "icd10cm") {
    return read_icd10cm(content);
  }
  if (kind == "hcpcs") {
    return read_hcpcs(content);
  }
  return kind == "drugsfda" ? read_drugsfda(content) : read_census(content);
}

// What the site's policy file says to use the list.
std::string how_to_use(const std::string& kind, bool given_names, const std::string& terms,
                       const std::string& codes) {
  if (kind == "census") {
    return "[[words]]\nclass = \"" + std::string(given_names ? "given-name" : "surname") +
           "\"\nfiles = [\"" + terms + "\"]\n";
  }
  const std::string finding_class = kind == "icd10cm" ? "health.condition"
                                    : kind == "hcpcs" ? "health.procedure"
                                                      : "health.drug";
  std::string out = "[[detector]]\nid = \"" + kind + "\"\nclass = \"" + finding_class +
                    "\"\nconfidence = " + (kind == "hcpcs" ? "50" : "70") +
                    "\nflags = { A = 30 }\nfiles = [\"" + terms + "\"]\n";
  if (!codes.empty()) {
    out += "\n[[detector]]\nid = \"" + kind +
           ".code\"\nclass = \"health.code\"\ncase = \"exact\"\nconfidence = 60\npattern = '" +
           (kind == "icd10cm" ? R"(\b[A-Z]\d[0-9A-Z]\.[0-9A-Z]{1,4}\b)" : R"(\b[A-Z]\d{4}\b)") +
           "'\nvalidator = \"in:" + codes + "\"\n";
  }
  return out;
}

class LexiconImportVerb final : public Verb {
 public:
  const VerbText& text() const override {
    static constexpr VerbText kText{
        "lexicon import", "Make lists of terms and codes from the official yearly files",
        "KIND says what FILE is:\n"
        "  icd10cm   the order file of ICD-10-CM (CMS, icd10cm-order-YYYY.txt)\n"
        "  hcpcs     the HCPCS alpha-numeric file (CMS, fixed width or CSV)\n"
        "  drugsfda  Products.txt of Drugs@FDA (FDA)\n"
        "  census    surnames (Census Bureau, CSV), or given names of a year (SSA, yobYYYY.txt)\n"
        "The output is a compiled lexicon, which the filter maps into memory instead of reading "
        "it. Codes go\n"
        "into a file of their own beside it. What to write into a site's policy file is printed. "
        "All lines are\n"
        "taken or none: any error is named by line and nothing is written.",
        "phictl lexicon import icd10cm icd10cm-order-2026.txt"};
    return kText;
  }

  std::vector<Argument> arguments() override {
    return {{"KIND",
             &kind_,
             "icd10cm, hcpcs, drugsfda or census",
             "",
             true,
             {"icd10cm", "hcpcs", "drugsfda", "census"}},
            {"FILE", &file_, "The official file; - for standard input", "", true, {}},
            {"--output",
             &output_,
             "The file to write, KIND.lexicon without it; .lexicon is put behind a name that does "
             "not end so",
             "FILE",
             false,
             {}}};
  }

  Outcome run(const Invocation& invocation) override {
    const auto content = read_input(invocation, file_, kLongestFile);
    if (!content) {
      return report(invocation, content.error());
    }
    const ImportedList list = read_source(kind_, *content);
    if (!list.errors.empty() || list.terms.empty()) {
      return refuse(invocation, list);
    }
    const std::string ending(policy::LexiconImage::kFileEnding);
    std::string terms = output_.empty() ? kind_ + ending : output_;
    terms += terms.ends_with(ending) ? "" : ending;
    std::string codes;
    if (auto written = write_terms(list, terms); !written) {
      return report(invocation, written.error());
    }
    invocation.out << terms << ": " << list.terms.size() << " terms";
    if (!list.codes.empty()) {
      codes = terms.substr(0, terms.size() - ending.size()) + "-codes" + ending;
      if (auto written = write_codes(list, codes); !written) {
        return report(invocation, written.error());
      }
      invocation.out << "; " << codes << ": " << list.codes.size() << " codes";
    }
    invocation.out << "; left out: " << list.left_out
                   << " lines that say nothing by themselves\n"
                      "To use it, add to a policy file in the same folder:\n\n"
                   << how_to_use(kind_, list.given_names, name_of(terms), name_of(codes));
    return Outcome::ok;
  }

 private:
  static std::string name_of(const std::string& path) { return path.substr(path.rfind('/') + 1); }

  static Status write_terms(const ImportedList& list, const std::string& path) {
    policy::LexiconImageWriter writer;
    for (const ListedTerm& term : list.terms) {
      writer.add(term.term, term.flags);
    }
    return write_file_durably(path, writer.bytes(), 0644);
  }

  static Status write_codes(const ImportedList& list, const std::string& path) {
    policy::LexiconImageWriter writer;
    for (const std::string& code : list.codes) {
      writer.add(code, "");
    }
    return write_file_durably(path, writer.bytes(), 0644);
  }

  Outcome refuse(const Invocation& invocation, const ImportedList& list) const {
    for (std::size_t i = 0; i < list.errors.size() && i < kMostErrorsShown; ++i) {
      invocation.err << "phictl: " << file_ << ":" << list.errors[i] << "\n";
    }
    if (list.errors.size() > kMostErrorsShown) {
      invocation.err << "phictl: and " << list.errors.size() - kMostErrorsShown << " more\n";
    }
    invocation.err << "phictl: " << file_ << ": " << (list.errors.empty() ? "no term in it; " : "")
                   << "nothing was written; is it a file of kind " << kind_ << "?\n";
    return Outcome::problem;
  }

  std::string kind_, file_, output_;
};

}  // namespace

std::unique_ptr<Verb> lexicon_import_verb() {
  return std::make_unique<LexiconImportVerb>();
}

}  // namespace phimilter::phictl
