// SPDX-License-Identifier: Apache-2.0
#include "extract/hl7_reader.h"

#include <algorithm>
#include <utility>

#include "base/encoding.h"
#include "extract/embedded_base64.h"
#include "extract/hl7_fields.h"
#include "extract/hl7_segments.h"
#include "extract/hl7_values.h"
#include "extract/record_labels.h"
#include "extract/record_values.h"
#include "extract/record_writer.h"
#include "extract/transfer_decoding.h"

namespace phimilter::extract {
namespace {

void write_phone(std::string_view label, const Hl7Value& value, RecordWriter& records) {
  records.field(label, value.phone());
  records.field(label::kEmail, value.email());
}

void write_identifier(std::string_view label, const Hl7Value& value, RecordWriter& records) {
  const std::string_view exact = hl7_identifier_label(value.component(5), label);
  const std::string number = value.identifier();
  records.field(exact, exact == label::kSocialSecurityNumber
                           ? written_social_security_number(number)
                           : number);
}

void write_value(const Hl7Field& field, const Hl7Value& value, RecordWriter& records) {
  switch (field.type) {
    case Hl7Type::text:
      return records.field(field.label, value.text());
    case Hl7Type::coded:
      return records.field(field.label, value.coded());
    case Hl7Type::person:
      return records.field(field.label, value.person());
    case Hl7Type::provider:
      return records.field(field.label, value.provider());
    case Hl7Type::identifier:
      return records.field(field.label, value.identifier());
    case Hl7Type::patient_identifier:
      return write_identifier(field.label, value, records);
    case Hl7Type::social_security_number:
      return records.field(field.label, written_social_security_number(value.identifier()));
    case Hl7Type::address:
      return records.field(field.label, value.address());
    case Hl7Type::phone:
      return write_phone(field.label, value, records);
    case Hl7Type::date:
      return records.field(field.label, value.date());
    case Hl7Type::date_time:
      return records.field(field.label, value.date_time());
    case Hl7Type::organisation:
      return records.field(field.label, value.organisation());
  }
}

template <typename Take>
void for_each_repetition(std::string_view field, const Hl7Separators& separators, Take take) {
  while (!field.empty()) {
    const std::size_t end = std::min(field.find(separators.repetition), field.size());
    take(Hl7Value(field.substr(0, end), separators));
    field.remove_prefix(std::min(end + 1, field.size()));
  }
}

constexpr std::size_t kComponents = 8;  // of a result: files that are not declared as such

// ED (2A.24): a document inside: source^type^subtype^encoding^data.
void read_document(const Hl7Value& value, RecordWriter& records) {
  const std::string encoding = ascii_lower(value.component(4));
  std::string data = value.component(5);
  if (encoding == "base64" || encoding == "a64") {
    data = decode_base64_loosely(value.raw_component(5));
  } else if (const auto bytes = unhex(data); encoding == "hex" && bytes) {
    data = as_text(*bytes);
  } else if (auto file = decoded_file(data)) {
    data = std::move(*file);
  }
  if (!data.empty()) {
    records.sink().member("", data);
  }
}

// "Glucose: 182 mg/dL (70-99) H"
void read_observation(const Hl7Segment& segment, RecordWriter& records) {
  const std::string test = Hl7Value(segment.field(3), segment.separators).coded();
  const std::string unit = Hl7Value(segment.field(6), segment.separators).component(1);
  const std::string_view range = segment.field(7);
  const std::string_view flag = segment.field(8);
  const std::string_view type = segment.field(2);
  records.field(label::kTest, test);
  for_each_repetition(segment.field(5), segment.separators, [&](const Hl7Value& value) {
    if (type == "ED") {
      return read_document(value, records);
    }
    for (std::size_t i = 1; i <= kComponents; ++i) {
      const auto file = decoded_file(value.raw_component(i));
      file ? records.sink().member("", *file) : void();
    }
    const bool is_coded = type == "CE" || type == "CWE" || type == "CNE";
    const bool is_date = type == "DT" || type == "TS" || type == "DTM";
    const bool is_name = type == "XPN" || type == "PN";
    const std::string said = is_coded  ? value.coded()
                             : is_date ? value.date()
                             : is_name ? value.person()
                                       : value.text();
    const std::string in_range = range.empty() ? "" : "(" + std::string(range) + ")";
    records.field(label::kResult, said.empty() ? "" : joined({said, unit, in_range, flag}, " "));
  });
  records.field(label::kServiceDate, Hl7Value(segment.field(14), segment.separators).date());
  records.field(label::kProvider, Hl7Value(segment.field(16), segment.separators).provider());
}

class Hl7Reader {
 public:
  explicit Hl7Reader(ReadingSink& sink) : records_(sink) {}

  bool take(const Hl7Segment& segment) {
    const bool message = segment.id == "MSH";
    const bool patient = segment.id == "PID";
    if (message || (patient && has_patient_)) {
      records_.end_record();
      has_patient_ = false;
    }
    has_patient_ = has_patient_ || patient;
    if (segment.id == "OBX") {
      read_observation(segment, records_);
    }
    for (const Hl7Field& field : hl7_fields(segment.id)) {
      for_each_repetition(segment.field(field.number), segment.separators,
                          [&](const Hl7Value& value) { write_value(field, value, records_); });
    }
    if (segment.id == "SCH") {  // TQ: when, as its fourth component
      records_.field(
          label::kAppointment,
          written_date_time(Hl7Value(segment.field(11), segment.separators).component(4)));
    }
    return !records_.full();
  }

 private:
  RecordWriter records_;
  bool has_patient_ = false;
};

}  // namespace

bool is_hl7(const Document& document) {
  return holds_hl7(document.bytes);
}

void read_hl7(const Document& document, ReadingSink& sink) {
  Hl7Reader reader(sink);
  for_each_hl7_segment(document.bytes,
                       [&](const Hl7Segment& segment) { return reader.take(segment); });
}

}  // namespace phimilter::extract
