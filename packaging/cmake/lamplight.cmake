# Compiler settings and the two ways to declare a target, so that every directory says only
# its sources and what it may depend on. A library not named in DEPENDS does not link: that is
# how the direction of dependencies is enforced (tests/tidy checks the includes).
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(spdlog REQUIRED)
find_package(nlohmann_json REQUIRED)

find_program(LL_CCACHE ccache)
if(LL_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${LL_CCACHE})
endif()
find_program(LL_MOLD mold)
if(LL_MOLD)
  add_link_options(-fuse-ld=mold)
endif()

add_library(ll_flags INTERFACE)
target_include_directories(ll_flags INTERFACE ${CMAKE_SOURCE_DIR})
target_compile_options(ll_flags INTERFACE
  -Wall -Wextra -Wshadow -Wswitch-enum -Wnon-virtual-dtor -Wold-style-cast -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # What g++ 12 concludes from inlining is often wrong (guarded optionals, "x" + std::string at
  # -O3); clang and the sanitizers are the check.
  foreach(guess maybe-uninitialized array-bounds stringop-overflow stringop-overread restrict
      dangling-pointer use-after-free free-nonheap-object nonnull)
    target_compile_options(ll_flags INTERFACE -Wno-error=${guess})
  endforeach()
else()
  # std::stable_sort of libstdc++ 12 uses a function of its own that C++17 deprecates; g++ is the
  # check for ours.
  target_compile_options(ll_flags INTERFACE -Wthread-safety -Wno-deprecated-declarations)
endif()
if(LL_SANITIZE)
  add_compile_options(-fsanitize=${LL_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${LL_SANITIZE})
endif()
if(LL_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

# ll_library(NAME [APART] SOURCES a.cc b.cc DEPENDS x y): a static library, dependencies public.
# The release preset compiles several files of a target as one, which is quicker by a third; the
# others compile each alone. APART: its files call different things by the same name.
function(ll_library name)
  cmake_parse_arguments(A "APART" "" "SOURCES;DEPENDS" ${ARGN})
  if(A_SOURCES)
    add_library(${name} STATIC ${A_SOURCES})
    if(A_APART)
      set_target_properties(${name} PROPERTIES UNITY_BUILD OFF)
    endif()
    target_link_libraries(${name} PUBLIC ll_flags ${A_DEPENDS})
  else()
    add_library(${name} INTERFACE)
    target_link_libraries(${name} INTERFACE ll_flags ${A_DEPENDS})
  endif()
endfunction()

# ll_program(NAME SOURCES main.cc DEPENDS x y): an executable in build/<preset>/bin.
function(ll_program name)
  cmake_parse_arguments(A "" "" "SOURCES;DEPENDS" ${ARGN})
  add_executable(${name} ${A_SOURCES})
  target_link_libraries(${name} PRIVATE ll_flags ${A_DEPENDS})
endfunction()

# ll_test(NAME [APART] SOURCES t.cc DEPENDS x): a GoogleTest program, one ctest entry.
function(ll_test name)
  cmake_parse_arguments(A "APART" "" "SOURCES;DEPENDS;ENV" ${ARGN})
  find_package(GTest REQUIRED)
  add_executable(${name} ${A_SOURCES})
  if(A_APART)
    set_target_properties(${name} PROPERTIES UNITY_BUILD OFF)
  endif()
  target_link_libraries(${name} PRIVATE ll_flags ${A_DEPENDS} GTest::gmock GTest::gtest_main)
  # Tests are optimised less than what they test: they are the larger half of a build's time.
  target_compile_options(${name} PRIVATE $<$<CONFIG:Release>:-O1>)
  target_compile_definitions(${name} PRIVATE LL_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  add_test(NAME ${name} COMMAND ${name})
  if(A_ENV)
    set_tests_properties(${name} PROPERTIES ENVIRONMENT "${A_ENV}")
  endif()
endfunction()

# ll_fuzz(NAME SOURCES f.cc DEPENDS x CORPUS dir): with LL_FUZZ a libFuzzer target fuzz_NAME;
# otherwise a program that replays the committed corpus once, as the ctest entry corpus_NAME.
function(ll_fuzz name)
  cmake_parse_arguments(A "" "CORPUS" "SOURCES;DEPENDS" ${ARGN})
  add_executable(fuzz_${name} ${A_SOURCES})
  target_link_libraries(fuzz_${name} PRIVATE ll_flags ${A_DEPENDS})
  if(LL_FUZZ)
    target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
  else()
    target_sources(fuzz_${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests/fuzz/replay_main.cc)
    add_test(NAME corpus_${name} COMMAND fuzz_${name} ${CMAKE_SOURCE_DIR}/tests/fuzz/corpus/${name})
  endif()
endfunction()
