# zstd for src/parquet: Debian's archive, so that the shipped program needs no library for it; shared where there is none.
# (Snappy is written by src/parquet itself.)
find_path(ZSTD_INCLUDE zstd.h REQUIRED)
find_library(ZSTD_LIBRARY NAMES libzstd.a zstd REQUIRED)
add_library(zstd_codec INTERFACE)
target_include_directories(zstd_codec SYSTEM INTERFACE ${ZSTD_INCLUDE})
target_link_libraries(zstd_codec INTERFACE ${ZSTD_LIBRARY})
