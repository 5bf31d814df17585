# Every compiler and linker flag of the project, and the switches that the presets set.

set(SECAI_SANITIZE "" CACHE STRING "Value of -fsanitize=, for example address,undefined")
option(SECAI_TESTS "Build unit tests and corpus replays" ON)
option(SECAI_FUZZ "Build each *_fuzz.cc with libFuzzer instead of the corpus replay" OFF)

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
# The sanitizer builds: what finds bugs is the check, not the speed, and Asio at -O2 takes 20 s a file.
set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O1 -g1")
include(CheckPIESupported)
check_pie_supported()
find_package(Threads REQUIRED)
set(Boost_USE_STATIC_LIBS ON)  # Debian 12 only: libc, libstdc++ and OpenSSL are shared, the rest is linked in.

# g++ 12.2 frees temporaries in `co_await` expressions twice, so a build with it would be broken.
if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang" OR CMAKE_CXX_COMPILER_VERSION VERSION_LESS 19)
  message(FATAL_ERROR "Build with a preset: clang++-19 is required (found ${CMAKE_CXX_COMPILER_ID} "
                      "${CMAKE_CXX_COMPILER_VERSION})")
endif()

add_compile_options(
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wold-style-cast -Wnon-virtual-dtor
  -Woverloaded-virtual -Wunused-result -Werror
  -fstack-protector-strong -fstack-clash-protection)
if(CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64")
  add_compile_options(-fcf-protection=full)
elseif(CMAKE_SYSTEM_PROCESSOR STREQUAL "aarch64")
  add_compile_options(-mbranch-protection=standard)
endif()
add_compile_definitions(_GLIBCXX_ASSERTIONS BOOST_ASIO_NO_DEPRECATED
                        $<$<CONFIG:Release>:_FORTIFY_SOURCE=3>)
add_link_options(-fuse-ld=lld -Wl,-z,relro,-z,now,-z,noexecstack $<$<CONFIG:Release>:-Wl,--gc-sections>)

if(SECAI_SANITIZE)
  # Recycled coroutine frames would hide use-after-free from the sanitizers.
  add_compile_definitions(BOOST_ASIO_DISABLE_AWAITABLE_FRAME_RECYCLING)
  add_compile_options(-fsanitize=${SECAI_SANITIZE} -fno-sanitize-recover=all
                      -fno-omit-frame-pointer -ftrivial-auto-var-init=pattern)
  add_link_options(-fsanitize=${SECAI_SANITIZE})
else()
  add_compile_options(-ftrivial-auto-var-init=zero)
endif()
if(SECAI_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
