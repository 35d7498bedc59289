# Compiles SOURCE as it is, which must succeed, and with BAD defined, which must fail with the sentence
# behind "// expect: " in its first line as the compiler's first error, or that behind "// expect in notes: " in
# that error or the notes to it.
#   cmake -DCOMPILER=... -DFLAGS=... -DSOURCE=... -P check.cmake

file(STRINGS ${SOURCE} first_line LIMIT_COUNT 1)
string(REGEX REPLACE "^// expect( in notes)?: " "" expected "${first_line}")

execute_process(COMMAND ${COMPILER} ${FLAGS} -fsyntax-only ${SOURCE} RESULT_VARIABLE status ERROR_VARIABLE said)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "the good variant must compile:\n${said}")
endif()

execute_process(COMMAND ${COMPILER} ${FLAGS} -fsyntax-only -DBAD ${SOURCE} RESULT_VARIABLE status ERROR_VARIABLE said)
if(status EQUAL 0)
  message(FATAL_ERROR "the bad variant must not compile")
endif()
if(first_line MATCHES "^// expect in notes: ")
  string(REGEX MATCH "error: .*" first_error "${said}")
else()
  string(REGEX MATCH "error: [^\n]*" first_error "${said}")
endif()
string(FIND "${first_error}" "${expected}" at)
if(at EQUAL -1)
  message(FATAL_ERROR "expected as the first error: ${expected}\n${said}")
endif()
