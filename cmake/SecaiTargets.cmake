# The two functions that every library and service uses. Sources are listed by hand; tests and fuzz
# targets are found by name, so a test that exists is a test that runs.
include(GoogleTest)

# secai_library(<name> SOURCES <file>... [DEPS <target>...] [NO_TESTS])
# Makes secai::<name>, and one test program per *_test.cc and one fuzz target per *_fuzz.cc here.
# NO_TESTS: the folder's other library, which depends on this one, makes them.
function(secai_library name)
  cmake_parse_arguments(ARG "NO_TESTS" "" "SOURCES;DEPS" ${ARGN})
  add_library(secai_${name} STATIC ${ARG_SOURCES})
  add_library(secai::${name} ALIAS secai_${name})
  target_include_directories(secai_${name} PUBLIC ${PROJECT_SOURCE_DIR}/libs
                                                  ${PROJECT_SOURCE_DIR}/services)
  target_link_libraries(secai_${name} PUBLIC ${ARG_DEPS} Threads::Threads)

  if(ARG_NO_TESTS)
    return()
  endif()

  if(SECAI_TESTS)
    set(unless_asked "")
  else()
    set(unless_asked EXCLUDE_FROM_ALL)
  endif()
  file(GLOB tests CONFIGURE_DEPENDS *_test.cc)
  foreach(source IN LISTS tests)
    cmake_path(GET source STEM stem)
    add_executable(${name}_${stem} ${unless_asked} ${source})
    target_link_libraries(${name}_${stem} PRIVATE secai::${name} GTest::gtest_main)
    gtest_discover_tests(${name}_${stem} DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60
                         PROPERTIES LABELS unit TIMEOUT 60)
  endforeach()

  file(GLOB fuzz_targets CONFIGURE_DEPENDS *_fuzz.cc)
  foreach(source IN LISTS fuzz_targets)
    cmake_path(GET source STEM stem)
    add_executable(${name}_${stem} ${unless_asked} ${source})
    target_link_libraries(${name}_${stem} PRIVATE secai::${name})
    file(GLOB corpus CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/fuzz/corpus/${name}_${stem}/*)
    if(NOT corpus)
      message(FATAL_ERROR "fuzz/corpus/${name}_${stem} is empty")
    endif()
    if(SECAI_FUZZ)
      target_link_options(${name}_${stem} PRIVATE -fsanitize=fuzzer)
    else()
      target_sources(${name}_${stem} PRIVATE ${PROJECT_SOURCE_DIR}/fuzz/replay_main.cc)
    endif()
    add_test(NAME ${name}_${stem}.Replay COMMAND ${name}_${stem} ${corpus})
    set_tests_properties(${name}_${stem}.Replay PROPERTIES LABELS unit TIMEOUT 60)
  endforeach()
endfunction()

# secai_service(<room> LIBRARY <target>)
# Makes the executable libexec/secure-ai/<room> of the build from main.cc, which is not part of the
# library. Rooms find one another there, and bin/secai finds them in ../libexec/secure-ai.
function(secai_service room)
  cmake_parse_arguments(ARG "" "LIBRARY" "" ${ARGN})
  add_executable(${room} main.cc)
  target_link_libraries(${room} PRIVATE ${ARG_LIBRARY})
  set_target_properties(${room} PROPERTIES
                        RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/libexec/secure-ai)
  install(TARGETS ${room} RUNTIME DESTINATION libexec/secure-ai)
endfunction()


