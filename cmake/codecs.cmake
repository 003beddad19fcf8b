# The codecs of src/parquet: Debian's archives, so that the shipped program needs no library for them; shared where there are none.
find_path(ZSTD_INCLUDE zstd.h REQUIRED)
find_library(ZSTD_LIBRARY NAMES libzstd.a zstd REQUIRED)
add_library(zstd_codec INTERFACE)
target_include_directories(zstd_codec SYSTEM INTERFACE ${ZSTD_INCLUDE})
target_link_libraries(zstd_codec INTERFACE ${ZSTD_LIBRARY})

find_path(SNAPPY_INCLUDE snappy-c.h REQUIRED)
find_library(SNAPPY_LIBRARY NAMES libsnappy.a snappy REQUIRED)
add_library(snappy_codec INTERFACE)
target_include_directories(snappy_codec SYSTEM INTERFACE ${SNAPPY_INCLUDE})
target_link_libraries(snappy_codec INTERFACE ${SNAPPY_LIBRARY} stdc++)
