// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "extract/archive_reader.h"
#include "extract/contact_reader.h"
#include "extract/dicom_reader.h"
#include "extract/encoded_files.h"
#include "extract/format_reader.h"
#include "extract/hl7_reader.h"
#include "extract/mailbox_reader.h"
#include "extract/metafile_text.h"
#include "extract/office_package.h"
#include "extract/ole_reader.h"
#include "extract/opendocument.h"
#include "extract/rtf_reader.h"
#include "extract/structured_reader.h"
#include "extract/table_reader.h"
#include "extract/tnef_reader.h"
#include "extract/x12_reader.h"

namespace phimilter::extract {

std::span<const Format> formats() {
  // Format{"media/type", is_..., read_...}, the more exact ones first.
  static constexpr std::array kFormats{
      Format{"application/ms-tnef", is_tnef, read_tnef},
      Format{"application/rtf", is_rtf, read_rtf},
      Format{"application/msword", is_word_binary, read_compound_file},
      Format{"application/vnd.ms-excel", is_excel_binary, read_compound_file},
      Format{"application/vnd.ms-powerpoint", is_powerpoint_binary, read_compound_file},
      Format{"application/vnd.ms-outlook", is_outlook_item, read_compound_file},
      Format{"image/emf", is_enhanced_metafile, read_enhanced_metafile},
      Format{"image/wmf", is_windows_metafile, read_windows_metafile},
      Format{"application/x-ole-storage", is_compound_file, read_compound_file},
      Format{"application/vnd.openxmlformats-officedocument.wordprocessingml.document",
             is_word_package, read_office_package},
      Format{"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", is_excel_package,
             read_office_package},
      Format{"application/vnd.openxmlformats-officedocument.presentationml.presentation",
             is_powerpoint_package, read_office_package},
      Format{"application/vnd.openxmlformats-officedocument", is_office_package,
             read_office_package},
      Format{"application/vnd.oasis.opendocument.text", is_opendocument_text, read_opendocument},
      Format{"application/vnd.oasis.opendocument.spreadsheet", is_opendocument_spreadsheet,
             read_opendocument},
      Format{"application/vnd.oasis.opendocument.presentation", is_opendocument_presentation,
             read_opendocument},
      Format{"application/vnd.oasis.opendocument", is_opendocument, read_opendocument},
      Format{"application/dicom", is_dicom, read_dicom},
      Format{"application/mbox", is_mailbox_file, read_mailbox},
      Format{"application/zip", is_zip, read_zip},
      Format{"application/x-7z-compressed", is_seven_zip, read_seven_zip},
      Format{"application/vnd.rar", is_rar, read_rar},
      Format{"application/vnd.ms-cab-compressed", is_cab, read_cab},
      Format{"application/x-compressed", is_compressed, read_compressed},
      Format{"application/x-tar", is_tar, read_tar},
      Format{"application/x-iso9660-image", is_iso, read_iso},
      // What opens with anything and ends as a zip: behind all others.
      Format{"application/zip", has_zip_behind, read_zip},
  };
  return kFormats;
}

std::span<const Format> record_formats() {
  static constexpr std::array kFormats{
      Format{"application/vnd.oasis.opendocument", is_flat_opendocument, read_flat_opendocument},
      Format{"application/vnd.ms-office", is_flat_office, read_flat_office},
      Format{"application/hl7-v2", is_hl7, read_hl7},
      Format{"application/edi-x12", is_x12, read_x12},
      Format{"application/xml", is_xml, read_xml},
      Format{"application/json", is_json, read_json},
      Format{"text/directory", is_contact_or_event, read_contact_or_event},
      Format{"application/mbox", is_mailbox, read_mailbox},
      Format{kEncodedFiles, holds_encoded_files, read_encoded_files},
      Format{"text/csv", is_table, read_table},
  };
  return kFormats;
}

}  // namespace phimilter::extract
