# The inference engine, built beforehand by scripts/engine (engine/CMakeLists.txt), as one target:
# secai::engine. Only services/inference/worker links it.
include_guard(GLOBAL)

set(SECAI_ENGINE "${PROJECT_SOURCE_DIR}/build/engine" CACHE PATH "Build folder of engine/")
set(archive "${SECAI_ENGINE}/libsecai-engine.a")
if(NOT EXISTS "${SECAI_ENGINE}/CMakeCache.txt")
  message(FATAL_ERROR "SECAI_ENGINE='${SECAI_ENGINE}' is no build of engine/: run scripts/engine first")
endif()
file(STRINGS "${SECAI_ENGINE}/CMakeCache.txt" line REGEX "^SECAI_LLAMA_SOURCE:[A-Z]+=")
string(REGEX REPLACE "^[^=]*=" "" SECAI_LLAMA_SOURCE "${line}")
file(STRINGS "${SECAI_ENGINE}/CMakeCache.txt" line REGEX "^SECAI_ENGINE_COMMIT:[A-Z]+=")
string(REGEX REPLACE "^[^=]*=" "" SECAI_ENGINE_COMMIT "${line}")
string(SUBSTRING "${SECAI_ENGINE_COMMIT}" 0 12 SECAI_ENGINE_COMMIT)
if(NOT EXISTS "${SECAI_LLAMA_SOURCE}/include/llama.h")
  message(FATAL_ERROR "The source of the engine is gone: '${SECAI_LLAMA_SOURCE}'")
endif()

add_library(secai_engine INTERFACE)
add_library(secai::engine ALIAS secai_engine)
target_include_directories(secai_engine SYSTEM INTERFACE
  "${SECAI_LLAMA_SOURCE}/include" "${SECAI_LLAMA_SOURCE}/ggml/include" "${SECAI_LLAMA_SOURCE}/common"
  "${SECAI_LLAMA_SOURCE}/vendor" "${SECAI_LLAMA_SOURCE}/src")
target_link_libraries(secai_engine INTERFACE "${archive}" Threads::Threads ${CMAKE_DL_LIBS} m)
