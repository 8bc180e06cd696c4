# The build vocabulary of this project: libraries, dialects, tools, unit tests.
# Everything links the MLIR and LLVM dylibs and never their static libraries:
# two copies would mean two sets of TypeIDs and registries.

option(EDGEBERT_WERROR "treat warnings as errors" OFF)
option(EDGEBERT_SANITIZE "build with ASan and UBSan" OFF)

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
  set(CMAKE_C_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
endif()

# Asserts stay on in the developer build; -O1 because most of the time is spent
# in libMLIR anyway. Numeric kernels ask for more (EDGEBERT_KERNEL_FLAGS).
set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O1 -gline-tables-only")
set(CMAKE_C_FLAGS_RELWITHDEBINFO "-O1 -gline-tables-only")
# No contraction: a*b+c must round twice on every machine, or forms would differ.
set(EDGEBERT_KERNEL_FLAGS -O3 -ffp-contract=off)

add_library(EdgeBERTOptions INTERFACE)
target_include_directories(EdgeBERTOptions INTERFACE
  ${PROJECT_SOURCE_DIR}/include ${PROJECT_BINARY_DIR}/include)
target_include_directories(EdgeBERTOptions SYSTEM INTERFACE
  ${MLIR_INCLUDE_DIRS} ${LLVM_INCLUDE_DIRS})
target_compile_options(EdgeBERTOptions INTERFACE
  -Wall -Wextra -Wno-unused-parameter -ffp-contract=off
  $<$<BOOL:${EDGEBERT_WERROR}>:-Werror>
  $<$<BOOL:${EDGEBERT_SANITIZE}>:-fsanitize=address,undefined>
  $<$<BOOL:${EDGEBERT_SANITIZE}>:-fno-sanitize-recover=undefined>
  $<$<BOOL:${EDGEBERT_SANITIZE}>:-fno-sanitize=vptr,function>)
target_link_options(EdgeBERTOptions INTERFACE
  $<$<BOOL:${EDGEBERT_SANITIZE}>:-fsanitize=address,undefined>)

add_custom_target(edgebert-headers)

# edgebert_add_library(Name file... [LINK lib...] [KERNEL] [PURE])
#   KERNEL: numeric kernels, compiled for speed in every preset.
#   PURE: no IR; does not link MLIR (LLVM's ADT and Support are fine).
function(edgebert_add_library name)
  cmake_parse_arguments(ARG "KERNEL;PURE" "" "LINK" ${ARGN})
  add_library(${name} STATIC ${ARG_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PUBLIC EdgeBERTOptions ${ARG_LINK} LLVM)
  set(EDGEBERT_ALL_LIBS ${EDGEBERT_ALL_LIBS} ${name} CACHE INTERNAL "")
  if(ARG_KERNEL)
    target_compile_options(${name} PRIVATE ${EDGEBERT_KERNEL_FLAGS})
  endif()
  if(NOT ARG_PURE)
    target_link_libraries(${name} PUBLIC MLIR)
    add_dependencies(${name} edgebert-headers)
  endif()
endfunction()

# edgebert_tablegen(File.td generator-args... ) in the current directory:
#   edgebert_tablegen(Ops.td NumFmtOps.h.inc -gen-op-decls)
function(edgebert_tablegen td)
  set(LLVM_TARGET_DEFINITIONS ${td})
  set(args ${ARGN})
  while(args)
    list(POP_FRONT args out)
    set(flags)
    while(args)
      list(GET args 0 next)
      if(NOT next MATCHES "^-")
        break()
      endif()
      list(POP_FRONT args)
      list(APPEND flags ${next})
    endwhile()
    mlir_tablegen(${out} ${flags} -I${PROJECT_SOURCE_DIR}/include
      -I${MLIR_INCLUDE_DIRS})
  endwhile()
  string(REPLACE "${PROJECT_SOURCE_DIR}/" "" id
         "${CMAKE_CURRENT_SOURCE_DIR}/${td}")
  string(MAKE_C_IDENTIFIER "tblgen-${id}" target)
  add_public_tablegen_target(${target})
  add_dependencies(edgebert-headers ${target})
endfunction()

function(edgebert_add_tool name)
  cmake_parse_arguments(ARG "" "" "LINK" ${ARGN})
  add_executable(${name} ${ARG_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PRIVATE EdgeBERTOptions ${ARG_LINK} MLIR LLVM)
  add_dependencies(${name} edgebert-headers)
endfunction()

add_custom_target(EdgeBERTUnitTests)
function(edgebert_add_unittest name)
  cmake_parse_arguments(ARG "" "" "LINK" ${ARGN})
  add_executable(${name} EXCLUDE_FROM_ALL ${ARG_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PRIVATE EdgeBERTOptions ${ARG_LINK}
    GTest::gtest GTest::gtest_main MLIR LLVM Threads::Threads)
  # lit's GoogleTest format finds executables by this directory and suffix.
  set_target_properties(${name} PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/unittests)
  add_dependencies(${name} edgebert-headers)
  add_dependencies(EdgeBERTUnitTests ${name})
endfunction()
