# DuckDB as two targets over the same pinned archives (.deps, by scripts/fetch-deps):
#   duckdb         header, and for the tests one shared library, so that forty test programs link in no time;
#   duckdb_static  the archives themselves, for the program that is shipped.
set(DUCKDB_DIR ${CMAKE_SOURCE_DIR}/.deps/${CMAKE_SYSTEM_PROCESSOR}/duckdb)
set(DUCKDB_EXTENSIONS ${CMAKE_SOURCE_DIR}/.deps/${CMAKE_SYSTEM_PROCESSOR}/extensions)
if(NOT EXISTS ${DUCKDB_DIR}/.checked)
  message(FATAL_ERROR "DuckDB is not there: run scripts/fetch-deps (make does it)")
endif()
file(GLOB DUCKDB_PARTS ${DUCKDB_DIR}/lib*.a)
set(DUCKDB_SYSTEM stdc++ m dl pthread)

add_library(duckdb INTERFACE)
target_include_directories(duckdb SYSTEM INTERFACE ${DUCKDB_DIR})

add_library(duckdb_static INTERFACE)
target_link_libraries(duckdb_static INTERFACE -Wl,--start-group ${DUCKDB_PARTS} -Wl,--end-group ${DUCKDB_SYSTEM})

set(DUCKDB_SHARED ${CMAKE_SOURCE_DIR}/.deps/${CMAKE_SYSTEM_PROCESSOR}/libduckdb_test.so)
string(MD5 BUILD_MARK ${CMAKE_BINARY_DIR}) # builds that run at once must not write into each other's file
string(SUBSTRING ${BUILD_MARK} 0 8 BUILD_MARK)
add_custom_command(OUTPUT ${DUCKDB_SHARED}
  COMMAND ${CMAKE_CXX_COMPILER} -shared -o ${DUCKDB_SHARED}.${BUILD_MARK}
          -Wl,--whole-archive ${DUCKDB_DIR}/libduckdb_static.a -Wl,--no-whole-archive
          -Wl,--start-group ${DUCKDB_PARTS} -Wl,--end-group -lm -ldl -lpthread
  COMMAND ${CMAKE_COMMAND} -E rename ${DUCKDB_SHARED}.${BUILD_MARK} ${DUCKDB_SHARED}
  DEPENDS ${DUCKDB_DIR}/.checked
  COMMENT "Linking DuckDB's archives into one shared library for the tests")
add_custom_target(duckdb_shared_file DEPENDS ${DUCKDB_SHARED})
add_library(duckdb_shared INTERFACE)
add_dependencies(duckdb_shared duckdb_shared_file)
target_link_libraries(duckdb_shared INTERFACE ${DUCKDB_SHARED})
