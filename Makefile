# A thin front to CMake. Every target installs or fetches what it needs and says so.
#
#   make            build/kindling
#   make demo       sample data, both jobs, their results
#   make test       everything that guards a change (also what CI runs)
#   make bench      us and the peers, side by side, on the same files
#   make soak       larger sizes of every suite: hours
#   make install PREFIX=/usr/local
#   make clean

PREFIX ?= /usr/local
BUILD_PACKAGES = build-essential cmake ninja-build pkg-config libglib2.0-dev libjson-c-dev libzstd-dev \
                 libcmocka-dev \
                 python3 python3-pip python3-venv ca-certificates git

.PHONY: all setup demo test bench soak install clean format
.NOTPARALLEL:

all: build/kindling

setup:
	@scripts/install-packages $(BUILD_PACKAGES)
	@scripts/fetch-deps

build/kindling: setup
	@[ -f build/build.ninja ] || cmake --preset release
	@cmake --build --preset release --target kindling

demo: build/kindling
	@scripts/demo

test: setup
	@scripts/test

bench: build/kindling
	@scripts/bench

soak: setup
	@scripts/soak

install: build/kindling
	@cmake --install build --prefix $(PREFIX)

clean:
	rm -rf build build-*

format:
	@clang-format -i $$(git ls-files '*.c' '*.h')
