# Warnings are errors, by gcc and by clang. Linked by every target of ours, never by third-party code.
add_library(project_warnings INTERFACE)
target_compile_options(project_warnings INTERFACE
  -Wall -Wextra -Werror
  -Wconversion -Wcast-qual -Wformat=2 -Wmissing-prototypes -Wredundant-decls
  -Wstrict-prototypes -Wvla -Wwrite-strings -Wpointer-arith -Wshadow -Wundef
  -Wno-sign-conversion
  -fno-common -ffunction-sections -fdata-sections)
if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
  target_compile_options(project_warnings INTERFACE -Wformat-signedness -Wduplicated-cond -Wduplicated-branches -Wlogical-op)
endif()

option(KINDLING_SANITIZE "AddressSanitizer and UndefinedBehaviorSanitizer on our own code" OFF)
if(KINDLING_SANITIZE)
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
endif()

option(KINDLING_SANITIZE_THREADS "ThreadSanitizer on our own code" OFF)
if(KINDLING_SANITIZE_THREADS)
  add_compile_options(-fsanitize=thread -fno-omit-frame-pointer)
  add_link_options(-fsanitize=thread)
endif()

option(KINDLING_COVERAGE "gcov counters" OFF)
if(KINDLING_COVERAGE)
  add_compile_options(--coverage)
  add_link_options(--coverage)
endif()

option(KINDLING_FUZZ "libFuzzer targets (needs clang)" OFF)
if(KINDLING_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined)
  add_link_options(-fsanitize=address,undefined)
endif()
