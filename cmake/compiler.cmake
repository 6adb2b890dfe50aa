# SPDX-License-Identifier: Apache-2.0
# Warnings are errors; hardening flags are those of Debian's dpkg-buildflags plus CET.
add_library(phimilter_flags INTERFACE)
target_compile_options(phimilter_flags INTERFACE
  -Wall -Wextra -Wconversion -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Wold-style-cast
  -Werror -fstack-protector-strong)

# Line tables are all that a back trace needs, and a third of the time to compile.
set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O2 -g1 -DNDEBUG")

if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # GCC 12 sees overlapping copies inside its own std::string at -O2 where there are none (GCC bug 105651).
  target_compile_options(phimilter_flags INTERFACE -Wno-restrict)
endif()

if(PHIMILTER_FUZZ)
  # clang warns about other things than GCC does; the code is held to GCC's.
  target_compile_options(phimilter_flags INTERFACE -Wno-error -w -fsanitize=fuzzer-no-link)
endif()

if(PHIMILTER_SANITIZE)
  target_compile_options(phimilter_flags INTERFACE
    -fsanitize=${PHIMILTER_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(phimilter_flags INTERFACE -fsanitize=${PHIMILTER_SANITIZE})
  target_compile_definitions(phimilter_flags INTERFACE PHIMILTER_SANITIZED=1)
else()
  # _FORTIFY_SOURCE and the sanitizers' interceptors get in each other's way.
  target_compile_definitions(phimilter_flags INTERFACE $<$<NOT:$<CONFIG:Debug>>:_FORTIFY_SOURCE=2>)
  target_link_options(phimilter_flags INTERFACE -Wl,-z,relro,-z,now)
endif()
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
endif()
