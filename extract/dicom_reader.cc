// SPDX-License-Identifier: Apache-2.0
#include "extract/dicom_reader.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "extract/charset.h"
#include "extract/record_labels.h"
#include "extract/record_values.h"
#include "extract/record_writer.h"

namespace phimilter::extract {
namespace {

constexpr std::size_t kPreamble = 128;
constexpr std::size_t kElements = 200'000;  // past it: the rest is left out
constexpr std::size_t kValue = 256 * 1024;  // past it: no text that people write
constexpr std::uint32_t kUndefined = 0xFFFFFFFF;
constexpr std::uint32_t kPixelData = 0x7FE00010;
constexpr std::uint32_t kEncapsulatedDocument = 0x00420011;
constexpr std::uint32_t kTransferSyntax = 0x00020010;
constexpr std::uint32_t kCharacterSet = 0x00080005;
constexpr std::uint32_t kIdentityRemoved = 0x00120062;

enum class Kind { text, name, date };

struct Field {
  std::uint32_t tag;
  std::string_view label;
  Kind kind;
};

// By tag.
constexpr std::array kFields{Field{0x00080020, label::kServiceDate, Kind::date},
                             Field{0x00080050, label::kAccessionNumber, Kind::text},
                             Field{0x00080080, label::kOrganisation, Kind::text},
                             Field{0x00080090, label::kProvider, Kind::name},
                             Field{0x00080104, label::kNote, Kind::text},
                             Field{0x00081030, label::kProcedure, Kind::text},
                             Field{0x0008103E, label::kProcedure, Kind::text},
                             Field{0x00081048, label::kProvider, Kind::name},
                             Field{0x00081050, label::kProvider, Kind::name},
                             Field{0x00081060, label::kProvider, Kind::name},
                             Field{0x00081070, label::kProvider, Kind::name},
                             Field{0x00081080, label::kDiagnosis, Kind::text},
                             Field{0x00100010, label::kPatientName, Kind::name},
                             Field{0x00100020, label::kPatientId, Kind::text},
                             Field{0x00100030, label::kBirthDate, Kind::date},
                             Field{0x00101000, label::kPatientId, Kind::text},
                             Field{0x00101001, label::kPatientName, Kind::name},
                             Field{0x00101005, label::kPatientName, Kind::name},
                             Field{0x00101040, label::kAddress, Kind::text},
                             Field{0x00101050, label::kMemberId, Kind::text},
                             Field{0x00101060, label::kMothersName, Kind::name},
                             Field{0x00101090, label::kMedicalRecordNumber, Kind::text},
                             Field{0x00102000, label::kNote, Kind::text},
                             Field{0x00102110, label::kAllergy, Kind::text},
                             Field{0x00102154, label::kPhone, Kind::text},
                             Field{0x001021B0, label::kNote, Kind::text},
                             Field{0x00102297, label::kRelativeName, Kind::name},
                             Field{0x00104000, label::kNote, Kind::text},
                             Field{0x00181000, label::kDeviceId, Kind::text},
                             Field{0x00181030, label::kProcedure, Kind::text},
                             Field{0x00204000, label::kNote, Kind::text},
                             Field{0x00321030, label::kReasonForVisit, Kind::text},
                             Field{0x00321032, label::kProvider, Kind::name},
                             Field{0x00321060, label::kProcedure, Kind::text},
                             Field{0x00324000, label::kNote, Kind::text},
                             Field{0x00380010, label::kVisitNumber, Kind::text},
                             Field{0x00384000, label::kNote, Kind::text},
                             Field{0x00400006, label::kProvider, Kind::name},
                             Field{0x00400007, label::kProcedure, Kind::text},
                             Field{0x00400254, label::kProcedure, Kind::text},
                             Field{0x00401002, label::kReasonForVisit, Kind::text},
                             Field{0x00401400, label::kNote, Kind::text},
                             Field{0x00402400, label::kNote, Kind::text},
                             Field{0x0040A123, label::kContactName, Kind::name},
                             Field{0x0040A160, label::kNote, Kind::text}};

// PS3.3 C.12.1.1.2; empty: a guess.
std::string_view charset_of(std::string_view defined_term) {
  struct Term {
    std::string_view term;
    std::string_view charset;
  };
  constexpr std::array kTerms{Term{"ISO_IR 100", "iso-8859-1"}, Term{"ISO_IR 101", "iso-8859-2"},
                              Term{"ISO_IR 109", "iso-8859-3"}, Term{"ISO_IR 110", "iso-8859-4"},
                              Term{"ISO_IR 144", "iso-8859-5"}, Term{"ISO_IR 127", "iso-8859-6"},
                              Term{"ISO_IR 126", "iso-8859-7"}, Term{"ISO_IR 138", "iso-8859-8"},
                              Term{"ISO_IR 148", "iso-8859-9"}, Term{"ISO_IR 166", "tis-620"},
                              Term{"ISO_IR 13", "shift_jis"},   Term{"ISO_IR 192", "utf-8"},
                              Term{"GB18030", "gb18030"},       Term{"GBK", "gbk"}};
  const auto* const found = std::find_if(kTerms.begin(), kTerms.end(), [&](const Term& known) {
    return defined_term.starts_with(known.term);
  });
  return found == kTerms.end() ? std::string_view() : found->charset;
}

bool is_value_representation(std::string_view text) {
  constexpr std::string_view kAll =
      "AE AS AT CS DA DS DT FD FL IS LO LT OB OD OF OL OV OW PN SH SL SQ SS ST SV TM UC UI UL UN "
      "UR US UT UV ";
  return text.size() == 2 && text[0] >= 'A' && text[1] >= 'A' &&
         kAll.find(std::string(text) + ' ') != kAll.npos;
}

// PS3.5 7.1.2: these have two reserved bytes and a length of four.
bool has_long_length(std::string_view representation) {
  constexpr std::string_view kLong = "OB OD OF OL OV OW SQ SV UC UN UR UT UV ";
  return kLong.find(std::string(representation) + ' ') != kLong.npos;
}

struct Element {
  std::uint32_t tag = 0;
  std::string_view value;
  std::string_view representation;  // empty: not said
  bool is_sequence = false;
  bool is_cut = false;  // says that it is longer than the file
};

class ElementReader {
 public:
  explicit ElementReader(std::string_view bytes) : bytes_(bytes) {}

  std::optional<Element> next() {
    if (bytes_.size() - at_ < 8) {
      return std::nullopt;
    }
    const bool meta = number(at_, 2, false) == 2;
    const bool big = big_endian_ && !meta;
    Element element;
    element.tag = number(at_, 2, big) << 16 | number(at_ + 2, 2, big);
    const std::string_view representation = bytes_.substr(at_ + 4, 2);
    const bool delimiter = element.tag >> 16 == 0xFFFE;
    const bool is_explicit =
        !delimiter && (meta || explicit_) && is_value_representation(representation);
    const auto length = length_of(is_explicit ? representation : "", big);
    if (!length) {
      return std::nullopt;
    }
    const bool nested = bytes_.substr(at_, 4) == item_mark(big);
    element.is_sequence =
        delimiter || *length == kUndefined || nested || (is_explicit && representation == "SQ");
    if (element.tag == kPixelData || element.is_sequence) {
      return element;  // items are read as if they stood in the file itself
    }
    element.representation = is_explicit ? representation : "";
    element.is_cut = *length > bytes_.size() - at_;
    element.value = bytes_.substr(at_, *length);
    at_ += element.value.size();
    return element;
  }

  // PS3.5 A: of what follows the file's own group.
  void set_transfer_syntax(std::string_view uid) {
    explicit_ = uid != "1.2.840.10008.1.2";
    big_endian_ = uid == "1.2.840.10008.1.2.2";
  }

 private:
  std::uint32_t number(std::size_t at, std::size_t size, bool big) const {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < size; ++i) {
      const auto byte = static_cast<unsigned char>(bytes_[big ? at + i : at + size - 1 - i]);
      value = value << 8 | byte;
    }
    return value;
  }

  static std::string_view item_mark(bool big) {
    return big ? std::string_view("\xFF\xFE\xE0\x00", 4) : std::string_view("\xFE\xFF\x00\xE0", 4);
  }

  // Goes behind the header. Empty representation: implicit.
  std::optional<std::uint32_t> length_of(std::string_view representation, bool big) {
    if (representation.empty()) {
      at_ += 8;
      return number(at_ - 4, 4, big);
    }
    if (!has_long_length(representation)) {
      at_ += 8;
      return number(at_ - 2, 2, big);
    }
    if (bytes_.size() - at_ < 12) {
      return std::nullopt;
    }
    at_ += 12;
    return number(at_ - 4, 4, big);
  }

  std::string_view bytes_;
  std::size_t at_ = 0;
  bool explicit_ = true;
  bool big_endian_ = false;
};

// Padded with a blank or a zero byte to an even length.
std::string_view unpadded(std::string_view value) {
  while (!value.empty() && (value.back() == '\0' || value.back() == ' ')) {
    value.remove_suffix(1);
  }
  return value;
}

// PS3.5 6.2: family^given^middle^prefix^suffix, in up to three scripts separated by "=".
std::string person_name(std::string_view value) {
  const auto parts = pieces(value.substr(0, value.find('=')), '^', 5);
  const auto part = [&](std::size_t i) { return i < parts.size() ? parts[i] : std::string_view(); };
  return written_name(part(0), part(1), part(2), part(4));
}

class DicomReader {
 public:
  explicit DicomReader(ReadingSink& sink) : records_(sink) {}

  void read(std::string_view bytes) {
    ElementReader elements(bytes);
    std::size_t count = 0;
    for (auto element = elements.next(); element && !records_.full(); element = elements.next()) {
      if (element->tag == kPixelData) {
        return records_.sink().opaque("", Opaque::image);
      }
      if (element->is_cut || ++count > kElements) {
        return records_.sink().opaque("", element->is_cut ? Opaque::broken : Opaque::limit);
      }
      if (element->tag == kTransferSyntax) {
        const std::string_view uid = unpadded(element->value);
        if (uid == "1.2.840.10008.1.2.1.99") {  // deflated
          return records_.sink().opaque("", Opaque::unknown);
        }
        elements.set_transfer_syntax(uid);
      }
      take(*element);
    }
  }

 private:
  void take(const Element& element) {
    if (element.tag == kCharacterSet) {
      charset_ = charset_of(unpadded(element.value));
    } else if (element.tag == kIdentityRemoved) {
      records_.field(label::kDescription,
                     unpadded(element.value) == "YES" ? "Patient identity removed" : "");
    } else if (element.tag == kEncapsulatedDocument) {
      records_.sink().member("document", element.value);
    } else if (element.value.size() <= kValue) {
      write_field(element);
    } else {
      records_.sink().opaque("", Opaque::limit);
    }
  }

  void write_field(const Element& element) {
    const auto* const field =
        std::lower_bound(kFields.begin(), kFields.end(), element.tag,
                         [](const Field& known, std::uint32_t tag) { return known.tag < tag; });
    if (field == kFields.end() || field->tag != element.tag) {
      return write_other(element);
    }
    const std::string text = decode_charset(unpadded(element.value), charset_).text;
    switch (field->kind) {
      case Kind::date:
        return records_.field(field->label, written_date(text));
      case Kind::name:
        return records_.field(field->label, person_name(text));
      case Kind::text:
        return records_.field(field->label, text);
    }
  }

  // Names and texts of elements that have no label here, and of vendors' own.
  void write_other(const Element& element) {
    constexpr std::array<std::string_view, 5> kTexts{"LO", "LT", "ST", "UT", "UC"};
    const bool text =
        std::find(kTexts.begin(), kTexts.end(), element.representation) != kTexts.end();
    if (element.representation == "PN") {
      records_.field(label::kContactName,
                     person_name(decode_charset(unpadded(element.value), charset_).text));
    } else if (text) {
      records_.field(label::kNote, decode_charset(unpadded(element.value), charset_).text);
    }
  }

  RecordWriter records_;
  std::string_view charset_;
};

// A data set without the file's own header: a group of eight with a length that fits.
bool begins_data_set(std::string_view bytes) {
  if (bytes.size() < 64 || bytes[1] != 0 || bytes[3] != 0 || (bytes[0] != 2 && bytes[0] != 8)) {
    return false;
  }
  const bool is_explicit = is_value_representation(bytes.substr(4, 2));
  const auto low = static_cast<unsigned char>(bytes[4]);
  const bool is_implicit = bytes[0] == 8 && bytes[5] == 0 && bytes[6] == 0 && bytes[7] == 0 &&
                           low > 0 && low <= 64 && low % 2 == 0 &&
                           bytes.substr(8 + low, 2) == std::string_view("\x08\0", 2);
  return is_explicit || is_implicit;
}

bool has_preamble(std::string_view bytes) {
  return bytes.size() > kPreamble + 4 && bytes.substr(kPreamble, 4) == "DICM";
}

}  // namespace

bool is_dicom(const Document& document) {
  return has_preamble(document.bytes) || begins_data_set(document.bytes);
}

void read_dicom(const Document& document, ReadingSink& sink) {
  const bool preamble = has_preamble(document.bytes);
  DicomReader(sink).read(document.bytes.substr(preamble ? kPreamble + 4 : 0));
}

}  // namespace phimilter::extract
