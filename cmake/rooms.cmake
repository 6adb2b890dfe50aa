# SPDX-License-Identifier: Apache-2.0
# A room is a static library that others see as "<room>/<header>.h" only when they link it: its headers are
# reached through a folder that holds nothing but a link to the room, never through the source root. So an
# include that goes upwards does not compile.
#
#   phimilter_room(mail SOURCES address.cc ... ROOMS base VENDOR OpenSSL::Crypto)
function(phimilter_room name)
  cmake_parse_arguments(ARG "" "" "SOURCES;ROOMS;VENDOR" ${ARGN})
  set(view ${CMAKE_BINARY_DIR}/rooms/${name})
  file(MAKE_DIRECTORY ${view})
  file(CREATE_LINK ${CMAKE_SOURCE_DIR}/${name} ${view}/${name} SYMBOLIC)
  add_library(phimilter_${name} STATIC ${ARG_SOURCES})
  target_include_directories(phimilter_${name} PUBLIC ${view})
  foreach(room ${ARG_ROOMS})
    target_link_libraries(phimilter_${name} PUBLIC phimilter_${room})
  endforeach()
  target_link_libraries(phimilter_${name} PRIVATE phimilter_flags ${ARG_VENDOR})
endfunction()

#   phimilter_program(phictl SOURCES main.cc ... ROOMS audit delivery VENDOR ...)
function(phimilter_program name)
  cmake_parse_arguments(ARG "" "" "SOURCES;ROOMS;VENDOR" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  foreach(room ${ARG_ROOMS})
    target_link_libraries(${name} PRIVATE phimilter_${room})
  endforeach()
  target_link_libraries(${name} PRIVATE phimilter_flags ${ARG_VENDOR})
endfunction()

#   phimilter_unit_test(mail SOURCES address_test.cc ... ROOMS mail)   -> program test_mail, ctest "unit.mail"
function(phimilter_unit_test name)
  cmake_parse_arguments(ARG "" "" "SOURCES;ROOMS;VENDOR" ${ARGN})
  add_executable(test_${name} ${ARG_SOURCES})
  foreach(room ${ARG_ROOMS})
    target_link_libraries(test_${name} PRIVATE phimilter_${room})
  endforeach()
  target_include_directories(test_${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests/unit)
  target_compile_definitions(test_${name} PRIVATE
    PHIMILTER_SOURCE_DIR="${CMAKE_SOURCE_DIR}" PHIMILTER_BIN_DIR="${CMAKE_BINARY_DIR}/bin")
  # Half the time to compile; the rooms that are tested are optimised all the same.
  target_compile_options(test_${name} PRIVATE -O0 -U_FORTIFY_SOURCE)
  target_link_libraries(test_${name} PRIVATE phimilter_flags ${ARG_VENDOR} GTest::gtest GTest::gmock GTest::gtest_main)
  set_target_properties(test_${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  add_test(NAME unit.${name} COMMAND test_${name})
  set_tests_properties(unit.${name} PROPERTIES TIMEOUT 300 LABELS unit ENVIRONMENT TZ=UTC)
endfunction()
